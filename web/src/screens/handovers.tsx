import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Table } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { AtDesk } from '../parts/desk-links';
import { Page, Panel } from '../parts/page';
import { Nothing, ProblemNote, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';

type Handed = Schemas['Handed'];
const DAY_MS = 86_400_000;

/** Leads handed to sales: to accept or reject in time, and what was decided. */
export default function Handovers() {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const all = useRights().has('leads.read');
  const [error, setError] = useState<Error | null>(null);
  const asked = useQuery({ queryKey: ['handovers', search.workspace, all], queryFn: () => (all ? got(api.GET('/api/v1/leads/handovers')) : got(api.GET('/api/v1/desk/handovers'))), refetchInterval: 10_000 });
  const decide = (lead: number, accepted: boolean, reason: string) => {
    void got(api.POST('/api/v1/desk/leads/{lead}/decision', { params: { path: { lead } }, body: { accepted, reason } })).then(() => setError(null), setError).finally(() => void client.invalidateQueries({ queryKey: ['handovers'] }));
  };
  return (
    <Page title={say('handovers.title')} hint={say('handovers.hint')} controls="none">
      {error === null ? null : <ProblemNote error={error} />}
      <Wait asked={asked} height={300}>
        {(data) => (
          <>
            <Panel>
              {data.waiting.length === 0 ? <Nothing title={say('none.records')}>{' '}</Nothing> : (
                <Table<Handed>
                  size="small"
                  rowKey={(row) => row.lead.id}
                  dataSource={data.waiting}
                  pagination={false}
                  scroll={{ x: 'max-content' }}
                  columns={[
                    { key: 'who', title: say('leads.who'), render: (_, row) => <>{row.mine ? <AtDesk lead={row.lead.id}>{row.lead.name ?? row.lead.number ?? `#${row.lead.id}`}</AtDesk> : (row.lead.name ?? row.lead.number ?? `#${row.lead.id}`)} {row.lead.company ?? ''}</> },
                    { key: 'from', title: say('handovers.from'), render: (_, row) => row.lead.handed_by ?? '—' },
                    { key: 'to', title: say('handovers.to'), render: (_, row) => row.lead.owner ?? '—' },
                    { key: 'until', title: say('handovers.until'), render: (_, row) => (row.lead.decide_by ? `${shownMoment(row.lead.decide_by, language)} · ${say('handovers.left', { days: String(Math.max(0, Math.ceil((Date.parse(row.lead.decide_by) - Date.now()) / DAY_MS))) })}` : '—') },
                    { key: 'decide', title: say('handovers.decide'), render: (_, row) => (row.mine ? <Decide decide={(accepted, reason) => decide(row.lead.id, accepted, reason)} /> : null) },
                  ]}
                />
              )}
            </Panel>
            <Panel title={say('handovers.decided')}>
              {data.decided.length === 0 ? <Nothing title={say('none.records')}>{' '}</Nothing> : (
                <ul className="views">{data.decided.map((one, place) => <li key={`${one.lead}-${place}`}><span>#{one.lead} · {codeText(say, 'handovers', one.verdict)} · {one.agent}</span><span>{one.reason}</span></li>)}</ul>
              )}
            </Panel>
          </>
        )}
      </Wait>
    </Page>
  );
}

/** A rejection needs its reason. */
function Decide({ decide }: { decide: (accepted: boolean, reason: string) => void }) {
  const { say } = useTexts();
  const [reason, setReason] = useState('');
  return (
    <span className="bar">
      <Button size="small" type="primary" onClick={() => decide(true, '')}>{say('handovers.accept')}</Button>
      <Input size="small" aria-label={say('handovers.reason')} placeholder={say('handovers.reason')} value={reason} onChange={(event) => setReason(event.target.value)} style={{ width: 140 }} />
      <Button size="small" disabled={reason.trim() === ''} onClick={() => decide(false, reason)}>{say('handovers.reject')}</Button>
    </span>
  );
}
