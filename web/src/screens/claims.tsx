import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { AtDesk } from '../parts/desk-links';
import { Page, Panel } from '../parts/page';
import { Nothing, ProblemNote, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Pools = Schemas['PublicPools'];
type Act = (step: () => Promise<unknown>) => void;

/** 公海 and 私海: what an agent may claim and what they hold. */
export default function Claims() {
  const { say } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const asked = useQuery({ queryKey: ['claims', search.workspace], queryFn: () => got(api.GET('/api/v1/desk/pools')), refetchInterval: 10_000 });
  const act: Act = (step) => void step().then(() => setError(null), setError).finally(() => void client.invalidateQueries({ queryKey: ['claims'] }));
  return (
    <Page title={say('claims.title')} hint={say('claims.hint')} controls="none">
      {error === null ? null : <ProblemNote error={error} />}
      <Wait asked={asked} height={300}>{(data) => <Both data={data} act={act} />}</Wait>
    </Page>
  );
}

function Both({ data, act }: { data: Pools; act: Act }) {
  const { say } = useTexts();
  const most = (limit: number) => (limit === 0 ? '∞' : String(limit));
  return (
    <>
      <ul className="tiles">
        {data.pools.map((one) => (
          <li key={one.pool} className="tile">
            <span className="tile-name">{one.name}</span>
            <strong className="tile-value">{one.waiting}</strong>
            <span className="hint">{say('claims.quota', { claimed: String(one.claimed), most: most(one.claims_a_day), held: String(one.held), holdMost: most(one.hold_most), days: String(one.protect_days) })}</span>
          </li>
        ))}
      </ul>
      <div className="halves">
        <Panel title={say('claims.public')}>
          <Listed leads={data.public} action={(one) => <Button size="small" type="primary" aria-label={`${say('claims.claim')} ${one.lead.id}`} onClick={() => act(() => got(api.POST('/api/v1/desk/leads/{lead}/claim', { params: { path: { lead: one.lead.id } } })))}>{say('claims.claim')}</Button>} />
        </Panel>
        <Panel title={say('claims.own')}>
          <Listed open leads={data.own} action={(one) => <Release pools={data.pools} release={(pool, reason) => act(() => got(api.POST('/api/v1/desk/leads/{lead}/release', { params: { path: { lead: one.lead.id } }, body: { pool, reason } })))} />} />
        </Panel>
      </div>
    </>
  );
}

function Listed({ leads, action, open = false }: { leads: Pools['own']; open?: boolean; action: (one: Pools['own'][number]) => React.ReactNode }) {
  const { say, language } = useTexts();
  if (leads.length === 0) return <Nothing title={say('none.records')}>{' '}</Nothing>;
  return (
    <ul className="views">
      {leads.map((one) => (
        <li key={one.lead.id} data-lead={one.lead.id}>
          <span>
            {open ? <AtDesk lead={one.lead.id}>{one.lead.name ?? one.lead.number ?? `#${one.lead.id}`}</AtDesk> : (one.lead.name ?? one.lead.number ?? `#${one.lead.id}`)} {one.lead.company} · {say('leads.score')} {Math.round(one.lead.score * 100)}
            {one.protected_until === null ? null : <span className="hint"> {say('claims.until')} {shownMoment(one.protected_until, language)}</span>}
          </span>
          {action(one)}
        </li>
      ))}
    </ul>
  );
}

function Release({ pools, release }: { pools: Pools['pools']; release: (pool: number, reason: string) => void }) {
  const { say } = useTexts();
  const [reason, setReason] = useState('');
  const [pool, setPool] = useState<number | null>(pools[0]?.pool ?? null);
  if (pool === null) return null;
  return (
    <span className="bar">
      {pools.length > 1 ? <Select size="small" aria-label={say('claims.pool')} value={pool} onChange={setPool} options={pools.map((one) => ({ value: one.pool, label: one.name }))} /> : null}
      <Input size="small" aria-label={say('claims.reason')} placeholder={say('claims.reason')} value={reason} onChange={(event) => setReason(event.target.value)} style={{ width: 120 }} />
      <Button size="small" disabled={reason.trim() === ''} onClick={() => release(pool, reason)}>{say('claims.release')}</Button>
    </span>
  );
}
