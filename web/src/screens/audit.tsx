import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { Resource } from '../parts/resource';
import { codeText, useTexts } from '../texts/language';

const MOST = 1000;

export default function Audit() {
  const { say, language } = useTexts();
  return (
    <Resource<Schemas['AuditBody']>
      name="audit"
      title={say('audit.title')}
      hint={say('audit.hint')}
      load={async () => (await got(api.GET('/api/v1/audit', { params: { query: { limit: MOST } } }))).entries}
      rowKey="id"
      columns={() => [
        { key: 'at', title: say('audit.at'), render: (_, line) => shownMoment(line.at, language) },
        { key: 'actor', title: say('audit.actor'), dataIndex: 'actor' },
        { key: 'action', title: say('audit.action'), render: (_, line) => <span title={line.action}>{codeText(say, 'action', line.action)}</span> },
        { key: 'target', title: say('audit.target'), dataIndex: 'target' },
        { key: 'address', title: say('audit.address'), dataIndex: 'address' },
      ]}
    />
  );
}
