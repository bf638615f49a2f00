import { NewLead } from '../parts/new-lead';
import { Page, Panel } from '../parts/page';
import { useTexts } from '../texts/language';

/** Leads met at a fair, in a shop or on the telephone, one after the other. */
export default function LeadEntry() {
  const { say } = useTexts();
  return (
    <Page title={say('entry.title')} hint={say('entry.hint')} controls="none">
      <Panel title={say('entry.add')}><NewLead origin="fair" /></Panel>
    </Page>
  );
}
