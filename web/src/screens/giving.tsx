import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm, Table } from 'antd';
import { useState } from 'react';
import { api, got } from '../api/client';
import { useAddress } from '../app/address';
import { useRights } from '../app/session';
import { type Rule, RuleForm, type Seat, SeatForm } from '../parts/giving-forms';
import { Page, Panel } from '../parts/page';
import { Nothing, ProblemNote, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';

/** Who is given leads, and by which rules. */
export default function Giving() {
  const { say } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const may = useRights().has('leads.write');
  const [error, setError] = useState<Error | null>(null);
  const [seat, setSeat] = useState<Seat | null>(null);
  const [rule, setRule] = useState<Rule | null>(null);
  const seats = useQuery({ queryKey: ['giving', 'seats', search.workspace], queryFn: () => got(api.GET('/api/v1/leads/seats')), refetchInterval: 10_000 });
  const rules = useQuery({ queryKey: ['giving', 'rules', search.workspace], queryFn: () => got(api.GET('/api/v1/leads/rules')) });
  const pools = useQuery({ queryKey: ['giving', 'pools', search.workspace], queryFn: () => got(api.GET('/api/v1/leads/pools')) });
  const act = (step: () => Promise<unknown>) => {
    void step().then(() => setError(null), setError).finally(() => void client.invalidateQueries({ queryKey: ['giving'] }));
  };
  const names = (values: readonly string[] | undefined) => (values ?? []).join('、');
  return (
    <Page title={say('giving.title')} hint={say('giving.hint')} controls="none">
      {error === null ? null : <ProblemNote error={error} />}
      {may ? (
        <Panel title={seat === null ? say('giving.seat') : say('giving.changing', { name: seat.agent })}>
          <SeatForm edited={seat} cancel={() => setSeat(null)} keep={(body) => act(async () => { await got(api.PUT('/api/v1/leads/seats', { body })); setSeat(null); })} />
        </Panel>
      ) : null}
      <Wait asked={seats} height={200}>
        {(data) => (
          <>
            <ul className="tiles">
              {([['assigned', data.assigned], ['corrected', data.corrected], ['waiting', data.waiting], ['p99', data.p99_ms ?? '—']] as const).map(([key, value]) => (
                <li key={key} className="tile"><span className="tile-name">{say(`giving.${key}`)}</span><strong className="tile-value">{value}</strong></li>
              ))}
            </ul>
            <Panel>
              {data.seats.length === 0 ? (
                <Nothing title={say('none.records')}>{' '}</Nothing>
              ) : (
                <Table
                  size="small"
                  rowKey="agent"
                  dataSource={data.seats}
                  pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
                  scroll={{ x: 'max-content' }}
                  columns={[
                    { key: 'agent', title: say('giving.agent'), dataIndex: 'agent' },
                    { key: 'state', title: say('giving.presence'), render: (_, seat) => codeText(say, 'desk.state', seat.state) },
                    { key: 'open', title: say('giving.open'), render: (_, seat) => `${seat.open_leads} / ${seat.capacity}` },
                    { key: 'skills', title: say('giving.skills'), render: (_, seat) => names(seat.skills) },
                    { key: 'regions', title: say('giving.regions'), render: (_, seat) => names(seat.regions) },
                    { key: 'industries', title: say('giving.industries'), render: (_, seat) => names(seat.industries) },
                    { key: 'team', title: say('giving.team'), render: (_, seat) => seat.team ?? '' },
                    { key: 'active', title: say('results.active'), render: (_, seat) => (seat.active ? '✓' : '—') },
                    { key: 'edit', title: say('results.edit'), render: (_, { state: _state, open_leads: _open, ...body }) => (may ? <Button size="small" aria-label={`${say('results.edit')} ${body.agent}`} onClick={() => setSeat(body)}>{say('results.edit')}</Button> : null) },
                  ]}
                />
              )}
            </Panel>
          </>
        )}
      </Wait>
      {may ? (
        <Panel title={rule === null ? say('giving.rule') : say('giving.changing', { name: rule.name })}>
          <RuleForm edited={rule} cancel={() => setRule(null)} pools={pools.data?.pools ?? []} keep={(body) => act(async () => { await got(api.PUT('/api/v1/leads/rules', { body })); setRule(null); })} />
        </Panel>
      ) : null}
      <Panel title={say('giving.rules')}>
        <Wait asked={rules}>
          {(data) =>
            data.rules.length === 0 ? (
              <Nothing title={say('none.records')}>{' '}</Nothing>
            ) : (
              <Table
                size="small"
                rowKey="id"
                dataSource={data.rules}
                pagination={false}
                scroll={{ x: 'max-content' }}
                columns={[
                  { key: 'place', title: say('giving.place'), dataIndex: 'place' },
                  { key: 'name', title: say('giving.name'), render: (_, rule) => `${rule.name} · ${rule.version}` },
                  { key: 'regions', title: say('giving.regions'), render: (_, rule) => names(rule.regions) },
                  { key: 'industries', title: say('giving.industries'), render: (_, rule) => names(rule.industries) },
                  { key: 'from', title: say('giving.from'), render: (_, rule) => names([...(rule.channels ?? []), ...(rule.sources ?? []), ...(rule.lists ?? [])]) },
                  { key: 'to', title: say('giving.to'), render: (_, rule) => [rule.team, rule.skill, pools.data?.pools.find((one) => one.id === rule.pool)?.name].filter(Boolean).join(' · ') },
                  { key: 'active', title: say('results.active'), render: (_, rule) => (rule.active ? '✓' : '—') },
                  { key: 'least', title: say('giving.least'), dataIndex: 'least_score' },
                  { key: 'method', title: say('giving.method'), render: (_, rule) => say(`giving.method.${rule.method ?? 'least_loaded'}`) },
                  { key: 'edit', title: say('results.edit'), render: (_, rule) => (may ? <Button size="small" aria-label={`${say('results.edit')} ${rule.name}`} onClick={() => setRule(rule)}>{say('results.edit')}</Button> : null) },
                  {
                    key: 'remove',
                    title: say('giving.remove'),
                    render: (_, rule) => (may && rule.id ? <Popconfirm title={say('giving.remove')} onConfirm={() => act(() => got(api.DELETE('/api/v1/leads/rules/{rule}', { params: { path: { rule: rule.id ?? 0 } } })))}><Button size="small">{say('giving.remove')}</Button></Popconfirm> : null),
                  },
                ]}
              />
            )
          }
        </Wait>
      </Panel>
    </Page>
  );
}
