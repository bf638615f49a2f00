import { useQuery } from '@tanstack/react-query';
import { Drawer, Table } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { Steps } from '../parts/lead';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Lead = Schemas['LeadCard'];

/** Leads by score, each with every decision about it. */
export default function Leads() {
  const { say, read, language } = useTexts();
  const { search } = useAddress();
  const [open, setOpen] = useState<number | null>(null);
  const asked = useQuery({ queryKey: ['leads', search.workspace], queryFn: () => got(api.GET('/api/v1/leads')), refetchInterval: 10_000 });
  return (
    <Page title={say('leads.title')} hint={say('leads.hint')} controls="none">
      <Wait asked={asked} height={300}>
        {(data) => (
          <>
            <ul className="tiles">
              {Object.entries(data.states).map(([state, count]) => (
                <li key={state} className="tile"><span className="tile-name">{say(`leads.state.${state}`)}</span><strong className="tile-value">{count}</strong></li>
              ))}
            </ul>
            <Panel>
              {data.leads.length === 0 ? (
                <Nothing title={say('none.records')}>{' '}</Nothing>
              ) : (
                <Table<Lead>
                  size="small"
                  rowKey="id"
                  dataSource={data.leads}
                  pagination={false}
                  scroll={{ x: 'max-content' }}
                  columns={[
                    { key: 'who', title: say('leads.who'), render: (_, lead) => <button type="button" className="link" onClick={() => setOpen(lead.id)}>{lead.name ?? lead.number ?? `#${lead.id}`}</button> },
                    { key: 'state', title: say('leads.state'), render: (_, lead) => say(`leads.state.${lead.state}`) },
                    { key: 'owner', title: say('leads.owner'), render: (_, lead) => lead.owner ?? '—' },
                    { key: 'score', title: say('leads.score'), render: (_, lead) => Math.round(lead.score * 100) },
                    { key: 'parts', title: say('leads.parts'), render: (_, lead) => `${lead.intent} / ${lead.urgency} / ${lead.fit}` },
                    { key: 'why', title: say('leads.why'), className: 'what', render: (_, lead) => lead.reasons.map(read).join('；') },
                    { key: 'came', title: say('leads.came'), render: (_, lead) => shownMoment(lead.created_at, language) },
                  ]}
                />
              )}
            </Panel>
          </>
        )}
      </Wait>
      <Drawer open={open !== null} onClose={() => setOpen(null)} title={say('desk.history')} size="large">
        {open === null ? null : <File lead={open} />}
      </Drawer>
    </Page>
  );
}

function File({ lead }: { lead: number }) {
  const asked = useQuery({ queryKey: ['lead', lead], queryFn: () => got(api.GET('/api/v1/leads/{lead}', { params: { path: { lead } } })) });
  return <Wait asked={asked}>{(data) => <Steps steps={data.steps} />}</Wait>;
}
