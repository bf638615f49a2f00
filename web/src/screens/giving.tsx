import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Popconfirm, Select, Switch, Table } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { useRights } from '../app/session';
import { Page, Panel } from '../parts/page';
import { Nothing, ProblemNote, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Seat = Schemas['SeatBody'];
type Rule = Schemas['RuleBody'];
const METHODS: readonly NonNullable<Rule['method']>[] = ['least_loaded', 'round_robin', 'longest_idle'];

/** Who is given leads, and by which rules. */
export default function Giving() {
  const { say } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const may = useRights().has('leads.write');
  const [error, setError] = useState<Error | null>(null);
  const seats = useQuery({ queryKey: ['giving', 'seats', search.workspace], queryFn: () => got(api.GET('/api/v1/leads/seats')), refetchInterval: 10_000 });
  const rules = useQuery({ queryKey: ['giving', 'rules', search.workspace], queryFn: () => got(api.GET('/api/v1/leads/rules')) });
  const act = (step: () => Promise<unknown>) => {
    void step().then(() => setError(null), setError).finally(() => void client.invalidateQueries({ queryKey: ['giving'] }));
  };
  const required = [{ required: true, message: say('enter.required') }];
  const names = (values: readonly string[] | undefined) => (values ?? []).join('、');
  return (
    <Page title={say('giving.title')} hint={say('giving.hint')} controls="none">
      {error === null ? null : <ProblemNote error={error} />}
      {may ? (
        <Panel title={say('giving.seat')}>
          <Form<Seat> layout="inline" className="inline-form" initialValues={{ capacity: 50, sales: false }} requiredMark={false} onFinish={(body) => act(() => got(api.PUT('/api/v1/leads/seats', { body })))}>
            <Form.Item name="agent" label={say('giving.agent')} rules={required}><Input /></Form.Item>
            <Form.Item name="skills" label={say('giving.skills')}><Select mode="tags" style={{ minWidth: 140 }} /></Form.Item>
            <Form.Item name="regions" label={say('giving.regions')}><Select mode="tags" style={{ minWidth: 140 }} /></Form.Item>
            <Form.Item name="capacity" label={say('giving.capacity')}><InputNumber min={0} max={10000} /></Form.Item>
            <Form.Item name="sales" label={say('giving.sales')} valuePropName="checked"><Switch /></Form.Item>
            <Button htmlType="submit" type="primary">{say('giving.seat')}</Button>
          </Form>
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
                    { key: 'state', title: say('giving.presence'), render: (_, seat) => say(`desk.state.${seat.state}`) },
                    { key: 'open', title: say('giving.open'), render: (_, seat) => `${seat.open_leads} / ${seat.capacity}` },
                    { key: 'skills', title: say('giving.skills'), render: (_, seat) => names(seat.skills) },
                    { key: 'regions', title: say('giving.regions'), render: (_, seat) => names(seat.regions) },
                  ]}
                />
              )}
            </Panel>
          </>
        )}
      </Wait>
      {may ? (
        <Panel title={say('giving.rule')}>
          <Form<Rule> layout="inline" className="inline-form" initialValues={{ method: 'least_loaded', least_score: 0 }} requiredMark={false} onFinish={(body) => act(() => got(api.PUT('/api/v1/leads/rules', { body })))}>
            <Form.Item name="name" label={say('giving.name')} rules={required}><Input /></Form.Item>
            <Form.Item name="regions" label={say('giving.regions')}><Select mode="tags" style={{ minWidth: 140 }} /></Form.Item>
            <Form.Item name="industries" label={say('giving.industries')}><Select mode="tags" style={{ minWidth: 140 }} /></Form.Item>
            <Form.Item name="least_score" label={say('giving.least')}><InputNumber min={0} max={1} step={0.05} /></Form.Item>
            <Form.Item name="own_region" label={say('giving.ownRegion')} valuePropName="checked"><Switch /></Form.Item>
            <Form.Item name="method" label={say('giving.method')}>
              <Select style={{ minWidth: 140 }} options={METHODS.map((value) => ({ value, label: say(`giving.method.${value}`) }))} />
            </Form.Item>
            <Button htmlType="submit" type="primary">{say('giving.rule')}</Button>
          </Form>
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
                  { key: 'name', title: say('giving.name'), render: (_, rule) => `${rule.name} · ${rule.version}` },
                  { key: 'regions', title: say('giving.regions'), render: (_, rule) => names(rule.regions) },
                  { key: 'industries', title: say('giving.industries'), render: (_, rule) => names(rule.industries) },
                  { key: 'least', title: say('giving.least'), dataIndex: 'least_score' },
                  { key: 'method', title: say('giving.method'), render: (_, rule) => say(`giving.method.${rule.method ?? 'least_loaded'}`) },
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
