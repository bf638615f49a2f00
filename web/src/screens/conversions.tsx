import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select, Space, Table, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Line = Schemas['ConversionLine'];
type Target = Schemas['ConversionTarget'];
type TargetState = Schemas['ConversionTargetState'];
const GOALS = ['call', 'unique_call', 'target_call', 'unique_target_call', 'sale'] as const;
const STATES = ['sent', 'waiting', 'failed', 'uncertain', 'unsendable', 'dropped'] as const;
const COLOURS: Partial<Record<Line['state'], string>> = { sent: 'green', failed: 'red', uncertain: 'gold', unsendable: 'orange' };

/** The outbox of conversions: how each platform fares, what was told, what was not and why. */
export default function Conversions() {
  const { say, read, language } = useTexts();
  const may = useRights().has('settings.write');
  const [state, setState] = useState<Line['state'] | undefined>(undefined);
  return (
    <Resource<Line>
      key={state ?? 'all'}
      name={`conversions ${state ?? ''}`}
      title={say('conversions.title')}
      hint={say('conversions.hint')}
      load={async () => (await got(api.GET('/api/v1/conversions', { params: { query: { state } } }))).lines}
      rowKey="id"
      above={(act) => (
        <>
          <Accounts may={may} act={act} />
          <Select aria-label={say('conversions.state')} placeholder={say('conversions.anyState')} allowClear value={state ?? null} onChange={(picked: Line['state'] | null) => setState(picked ?? undefined)} options={STATES.map((one) => ({ value: one, label: say(`conversions.${one}`) }))} style={{ width: 180 }} popupMatchSelectWidth={false} />
        </>
      )}
      columns={(act) => [
        { key: 'target', title: say('conversions.target'), dataIndex: 'target' },
        { key: 'what', title: say('conversions.what'), className: 'row-name', render: (_, line) => `${say(`conversions.${line.goal}`)}${line.step === 'conversion' ? '' : ` · ${say(`conversions.${line.step}`)}`}` },
        { key: 'when', title: say('conversions.when'), render: (_, line) => shownMoment(line.happened_at, language) },
        { key: 'value', title: say('conversions.value'), align: 'right', render: (_, line) => (line.value === null ? '' : shown(line.value, 'money', line.currency, language)) },
        { key: 'state', title: say('conversions.state'), render: (_, line) => <Tag color={COLOURS[line.state]}>{say(`conversions.${line.state}`)}</Tag> },
        { key: 'why', title: say('conversions.why'), render: (_, line) => (line.why === null ? '' : <div style={{ maxWidth: 360, whiteSpace: 'normal' }}>{read(line.why)}</div>) },
        { key: 'attempts', title: say('conversions.attempts'), align: 'right', dataIndex: 'attempts' },
        { key: 'again', title: say('exports.do'), render: (_, line) => (may ? <LineSteps line={line} act={act} /> : null) },
      ]}
    />
  );
}

function LineSteps({ line, act }: { line: Line; act: Act }) {
  const { say } = useTexts();
  const params = { path: { line: line.id } };
  if (line.state !== 'failed' && line.state !== 'uncertain') return null;
  return (
    <Space>
      <Button size="small" aria-label={`${say('conversions.again')}: ${line.name}`} onClick={() => act(() => got(api.POST('/api/v1/conversions/{line}/again', { params })))}>{say('conversions.again')}</Button>
      {line.state === 'uncertain' ? <Button size="small" aria-label={`${say('conversions.arrived')}: ${line.name}`} onClick={() => act(() => got(api.POST('/api/v1/conversions/{line}/arrived', { params })))}>{say('conversions.arrived')}</Button> : null}
    </Space>
  );
}

/** Each account with its platform's state, and a form for one more. */
function Accounts({ may, act }: { may: boolean; act: Act }) {
  const { say, read, language } = useTexts();
  const { search } = useAddress();
  const targets = useQuery({ queryKey: ['conversions', 'targets', search.workspace], queryFn: () => got(api.GET('/api/v1/conversions/targets')), refetchInterval: 15_000 }).data?.targets ?? [];
  const platforms = useQuery({ queryKey: ['conversion platforms'], queryFn: () => got(api.GET('/api/v1/conversions/platforms')) }).data?.platforms ?? [];
  const titled = (name: string) => { const one = platforms.find((each) => each.name === name); return one ? read(one.title) : name; };
  const backs = (name: string) => { const one = platforms.find((each) => each.name === name); return one ? read(one.takes_back) : ''; };
  const fares = (one: TargetState) => {
    if (one.trouble !== null) return <><Tag color="red">{say('conversions.trouble')}</Tag> {read(one.trouble)}</>;
    if (!one.active) return <Tag>{say('conversions.off')}</Tag>;
    if (one.paused_until !== null && new Date(one.paused_until) > new Date()) return <><Tag color="gold">{say('conversions.paused')}</Tag> {shownMoment(one.paused_until, language)}</>;
    return <Tag color="green">{say('conversions.fine')}</Tag>;
  };
  return (
    <>
      <Panel title={say('conversions.accounts')} hint={targets.length === 0 ? say('conversions.next') : say('conversions.since')}>
        {targets.length === 0 ? null : (
          <Table<TargetState>
            size="small"
            rowKey="id"
            dataSource={targets}
            pagination={false}
            scroll={{ x: 'max-content' }}
            columns={[
              { key: 'name', title: say('conversions.target'), className: 'row-name', dataIndex: 'name' },
              { key: 'platform', title: say('conversions.platform'), render: (_, one) => titled(one.platform) },
              { key: 'fares', title: say('conversions.fares'), render: (_, one) => <div style={{ maxWidth: 300, whiteSpace: 'normal' }}>{fares(one)}</div> },
              ...STATES.map((state) => ({ key: state, title: say(`conversions.${state}`), align: 'right' as const, render: (_: unknown, one: TargetState) => one.counts[state] ?? 0 })),
              { key: 'goals', title: say('conversions.goals'), render: (_, one) => one.goals.map((goal) => say(`conversions.${goal}`)).join('、') },
              { key: 'back', title: say('conversions.backs'), render: (_, one) => <div style={{ maxWidth: 300, whiteSpace: 'normal' }}>{backs(one.platform)}</div> },
              { key: 'do', title: say('exports.do'), render: (_, one) => (may && one.counts.failed ? <Button size="small" aria-label={`${say('conversions.allAgain')}: ${one.name}`} onClick={() => act(() => got(api.POST('/api/v1/conversions/targets/{target}/again', { params: { path: { target: one.id } } })))}>{say('conversions.allAgain')}</Button> : null) },
            ]}
          />
        )}
      </Panel>
      {may ? <AddAccount platforms={platforms} act={act} /> : null}
    </>
  );
}

function AddAccount({ platforms, act }: { platforms: Schemas['ConversionPlatform'][]; act: Act }) {
  const { say, read } = useTexts();
  const [form] = Form.useForm<Target>();
  const name = Form.useWatch('platform', form) ?? 'webhook';
  const platform = platforms.find((one) => one.name === name);
  const required = [{ required: true, message: say('enter.required') }];
  const add = (body: Target) => act(() => got(api.PUT('/api/v1/conversions/targets', { body: { ...body, account: kept(body.account), secrets: kept(body.secrets) } })).then(() => form.resetFields()));
  return (
    <Panel title={say('conversions.add')} hint={platform === undefined ? say('conversions.secretsHint') : `${read(platform.takes_back)} · ${say('conversions.secretsHint')}`}>
      <Form<Target> form={form} layout="inline" labelWrap className="inline-form" initialValues={{ platform: 'webhook', goals: ['unique_target_call', 'sale'] }} requiredMark={false} onFinish={add}>
        <Form.Item name="platform" label={say('conversions.platform')} rules={required}>
          <Select style={{ minWidth: 200 }} options={platforms.map((one) => ({ value: one.name, label: read(one.title) }))} popupMatchSelectWidth={false} />
        </Form.Item>
        <Form.Item name="name" label={say('conversions.name')} rules={required}><Input maxLength={100} /></Form.Item>
        {platform?.address ? null : <Form.Item name="address" label={say('conversions.address')} rules={required}><Input maxLength={200} /></Form.Item>}
        {platform?.fields.map((field) => (
          <Form.Item key={`${name} ${field.name}`} layout="vertical" style={{ maxWidth: 'min(100%, 300px)' }} name={[field.secret ? 'secrets' : 'account', field.name]} label={read(field.label)} rules={field.required ? required : []}>
            {field.secret ? <Input.Password maxLength={500} autoComplete="off" /> : <Input maxLength={200} />}
          </Form.Item>
        ))}
        <Form.Item name="goals" label={say('conversions.goals')} rules={required}>
          <Select mode="multiple" style={{ minWidth: 200 }} options={GOALS.map((goal) => ({ value: goal, label: say(`conversions.${goal}`) }))} popupMatchSelectWidth={false} />
        </Form.Item>
        <Button htmlType="submit" type="primary">{say('conversions.add')}</Button>
      </Form>
    </Panel>
  );
}

/** What was filled in. */
function kept(fields: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, text]) => text));
}
