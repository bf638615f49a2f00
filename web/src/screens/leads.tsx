import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Input, Select, Table } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Steps } from '../parts/lead';
import { Page, Panel } from '../parts/page';
import { Nothing, ProblemNote, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';

type Lead = Schemas['LeadCard'];
const STATES = ['waiting', 'owned', 'pool', 'handed', 'blocked', 'duplicate', 'closed'] as const;
type State = (typeof STATES)[number];
const USUAL = 50;
const MOST = 1000;

/** Leads by score, each with every decision about it. */
export default function Leads() {
  const { say, read, language } = useTexts();
  const { search } = useAddress();
  const [open, setOpen] = useState<number | null>(null);
  const [state, setState] = useState<State[]>(['waiting', 'owned', 'pool', 'handed', 'blocked']);
  const [owner, setOwner] = useState('');
  const [number, setNumber] = useState('');
  const [limit, setLimit] = useState(USUAL);
  const query = { state, limit, ...(owner === '' ? {} : { owner }), ...(number === '' ? {} : { number }) };
  const asked = useQuery({ queryKey: ['leads', search.workspace, query], queryFn: () => got(api.GET('/api/v1/leads', { params: { query } })), refetchInterval: 10_000, placeholderData: (before) => before });
  return (
    <Page title={say('leads.title')} hint={say('leads.hint')} controls="none">
      <div className="bar">
        <Select<State[]> mode="multiple" aria-label={say('leads.state')} value={state} onChange={setState} options={STATES.map((value) => ({ value, label: codeText(say, 'leads.state', value) }))} style={{ minWidth: 260 }} disabled={number !== ''} />
        <Input.Search aria-label={say('leads.owner')} placeholder={say('leads.owner')} allowClear onSearch={(text) => setOwner(text.trim())} style={{ width: 160 }} disabled={number !== ''} />
        <Input.Search aria-label={say('leads.number')} placeholder={say('leads.number')} allowClear onSearch={(text) => setNumber(text.trim())} style={{ width: 200 }} />
      </div>
      <Wait asked={asked} height={300}>
        {(data) => (
          <>
            <ul className="tiles">
              {Object.entries(data.states).map(([state, count]) => (
                <li key={state} className="tile"><span className="tile-name">{codeText(say, 'leads.state', state)}</span><strong className="tile-value">{count}</strong></li>
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
                    { key: 'state', title: say('leads.state'), render: (_, lead) => codeText(say, 'leads.state', lead.state) },
                    { key: 'owner', title: say('leads.owner'), render: (_, lead) => lead.owner ?? '—' },
                    { key: 'score', title: say('leads.score'), render: (_, lead) => Math.round(lead.score * 100) },
                    { key: 'parts', title: say('leads.parts'), render: (_, lead) => `${lead.intent} / ${lead.urgency} / ${lead.fit}` },
                    { key: 'why', title: say('leads.why'), className: 'what', render: (_, lead) => lead.reasons.map(read).join('；') },
                    { key: 'came', title: say('leads.came'), render: (_, lead) => shownMoment(lead.created_at, language) },
                  ]}
                />
              )}
              {number === '' && data.leads.length >= limit && limit < MOST ? <Button onClick={() => setLimit(Math.min(MOST, limit + 200))}>{say('leads.more')}</Button> : null}
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
  const may = useRights().has('leads.write');
  const asked = useQuery({ queryKey: ['lead', lead], queryFn: () => got(api.GET('/api/v1/leads/{lead}', { params: { path: { lead } } })) });
  return (
    <Wait asked={asked}>
      {(data) => (
        <>
          {may && ['waiting', 'owned', 'pool', 'handed'].includes(data.lead.state) ? <Reassign lead={lead} owner={data.lead.owner} /> : null}
          <Steps steps={data.steps} />
        </>
      )}
    </Wait>
  );
}

/** Gives the lead to somebody else; within 24 hours of its giving that counts as an error of the rules. */
function Reassign({ lead, owner }: { lead: number; owner: string | null }) {
  const { say } = useTexts();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const [agent, setAgent] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const seats = useQuery({ queryKey: ['giving', 'seats', 'all'], queryFn: () => got(api.GET('/api/v1/leads/seats')) });
  const options = (seats.data?.seats ?? []).filter((seat) => seat.active && seat.agent !== owner).map((seat) => ({ value: seat.agent, label: `${seat.agent} · ${codeText(say, 'desk.state', seat.state)} · ${seat.open_leads}` }));
  const give = () => void got(api.POST('/api/v1/leads/{lead}/owner', { params: { path: { lead } }, body: { agent: agent!, reason } })).then(() => { setError(null); setAgent(null); setReason(''); }, setError).finally(() => {
    void client.invalidateQueries({ queryKey: ['lead', lead] });
    void client.invalidateQueries({ queryKey: ['leads'] });
  });
  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      <div className="bar" role="group" aria-label={say('leads.reassign')}>
        <Select showSearch aria-label={say('giving.agent')} placeholder={say('giving.agent')} value={agent} onChange={setAgent} options={options} style={{ minWidth: 180 }} />
        <Input aria-label={say('leads.reassignWhy')} placeholder={say('leads.reassignWhy')} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} style={{ width: 200 }} />
        <Button disabled={agent === null || reason.trim() === ''} onClick={give}>{say('leads.reassign')}</Button>
      </div>
    </>
  );
}
