import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal, Pagination, Select, Space, Table, Tag } from 'antd';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Line = Schemas['ConversionLine'];
type Target = Schemas['ConversionTarget'];
type TargetState = Schemas['ConversionTargetState'];
type Platform = Schemas['ConversionPlatform'];
const GOALS = ['call', 'unique_call', 'target_call', 'unique_target_call', 'sale'] as const;
const STATES = ['sent', 'waiting', 'failed', 'uncertain', 'unsendable', 'dropped'] as const;
const COLOURS: Partial<Record<Line['state'], string>> = { sent: 'green', failed: 'red', uncertain: 'gold', unsendable: 'orange' };
const PAGE = 50;

/** The accounts and what platforms there are. */
function useAccounts(): { targets: TargetState[]; platforms: Platform[] } {
  const { search } = useAddress();
  const targets = useQuery({ queryKey: ['conversions', 'targets', search.workspace], queryFn: () => got(api.GET('/api/v1/conversions/targets')), refetchInterval: 15_000 }).data?.targets ?? [];
  const platforms = useQuery({ queryKey: ['conversion platforms'], queryFn: () => got(api.GET('/api/v1/conversions/platforms')) }).data?.platforms ?? [];
  return { targets, platforms };
}

/** Does a step, then reads the accounts anew before anything else happens. */
function useKeeping(): (step: Promise<unknown>) => Promise<void> {
  const client = useQueryClient();
  return (step) => step.then(() => client.invalidateQueries({ queryKey: ['conversions', 'targets'] }));
}

/** The outbox of conversions: how each platform fares, what was told, what was not and why. */
export default function Conversions() {
  const { say, read, language } = useTexts();
  const { search, set } = useAddress();
  const may = useRights().has('settings.write');
  const { targets, platforms } = useAccounts();
  const state = STATES.find((one) => one === search.state);
  const account = targets.find((one) => String(one.id) === search.account);
  const page = Math.max(1, Number(search.page ?? 1) || 1);
  const all = targets.filter((one) => account === undefined || one.id === account.id).reduce((sum, one) => sum + Object.entries(one.counts).reduce((part, [name, count]) => part + (state === undefined || name === state ? count : 0), 0), 0);
  const query = { state, target: search.account === undefined ? undefined : Number(search.account), limit: PAGE, offset: (page - 1) * PAGE };
  const repeats = (line: Line) => platforms.find((one) => one.name === targets.find((each) => each.id === line.account)?.platform)?.knows_repeats === true;
  return (
    <Resource<Line>
      key={`${state ?? ''} ${search.account ?? ''} ${page}`}
      name={`conversions ${state ?? ''} ${search.account ?? ''} ${page}`}
      title={say('conversions.title')}
      hint={say('conversions.hint')}
      load={async () => (await got(api.GET('/api/v1/conversions', { params: { query } }))).lines}
      rowKey="id"
      above={(act) => (
        <>
          <Accounts may={may} act={act} />
          <Space wrap>
            <Select aria-label={say('conversions.state')} placeholder={say('conversions.anyState')} allowClear value={state ?? null} onChange={(picked: Line['state'] | null) => set({ state: picked ?? null, page: null })} options={STATES.map((one) => ({ value: one, label: say(`conversions.${one}`) }))} style={{ width: 180 }} popupMatchSelectWidth={false} />
            <Select aria-label={say('conversions.target')} placeholder={say('conversions.anyAccount')} allowClear value={account?.id ?? null} onChange={(picked: number | null) => set({ account: picked === null || picked === undefined ? null : String(picked), page: null })} options={targets.map((one) => ({ value: one.id, label: one.name }))} style={{ width: 200 }} popupMatchSelectWidth={false} />
          </Space>
          {search.line === undefined ? null : <Requests line={Number(search.line)} close={() => set({ line: null }, true)} />}
        </>
      )}
      below={() => all > PAGE ? <Pagination style={{ marginTop: 12 }} align="end" current={page} pageSize={PAGE} total={all} showSizeChanger={false} onChange={(picked) => set({ page: picked === 1 ? null : String(picked) })} /> : null}
      columns={(act) => [
        { key: 'target', title: say('conversions.target'), dataIndex: 'target' },
        { key: 'what', title: say('conversions.what'), className: 'row-name', render: (_, line) => `${say(`conversions.${line.goal}`)}${line.step === 'conversion' ? '' : ` · ${say(`conversions.${line.step}`)}`}` },
        { key: 'when', title: say('conversions.when'), render: (_, line) => shownMoment(line.happened_at, language) },
        { key: 'value', title: say('conversions.value'), align: 'right', render: (_, line) => (line.value === null ? '' : shown(line.value, 'money', line.currency, language)) },
        { key: 'state', title: say('conversions.state'), render: (_, line) => <Tag color={COLOURS[line.state]}>{say(`conversions.${line.state}`)}</Tag> },
        { key: 'why', title: say('conversions.why'), render: (_, line) => (line.why === null ? '' : <div style={{ maxWidth: 360, whiteSpace: 'normal' }}>{read(line.why)}</div>) },
        { key: 'attempts', title: say('conversions.attempts'), align: 'right', render: (_, line) => (line.attempts === 0 ? 0 : <Button size="small" aria-label={`${line.attempts} ${say('conversions.requests')}: ${line.name}`} onClick={() => set({ line: String(line.id) })}>{line.attempts}</Button>) },
        { key: 'again', title: say('exports.do'), render: (_, line) => (may ? <LineSteps line={line} repeats={repeats(line)} act={act} /> : null) },
      ]}
    />
  );
}

/** The requests a line went with, and what came back. */
function Requests({ line, close }: { line: number; close: () => void }) {
  const { say, language } = useTexts();
  const asked = useQuery({ queryKey: ['conversion attempts', line], queryFn: () => got(api.GET('/api/v1/conversions/{line}/attempts', { params: { path: { line } } })) });
  return (
    <Modal open title={say('conversions.requests')} footer={null} onCancel={close} width={720}>
      <Wait asked={asked} height={120}>
        {(data) => (
          <Table
            size="small"
            rowKey={(one) => `${one.at} ${one.status ?? ''}`}
            dataSource={data.attempts}
            pagination={false}
            scroll={{ x: 'max-content' }}
            columns={[
              { key: 'at', title: say('conversions.asked'), render: (_, one) => shownMoment(one.at, language) },
              { key: 'rows', title: say('conversions.rows'), align: 'right', dataIndex: 'rows' },
              { key: 'status', title: say('conversions.status'), render: (_, one) => one.status ?? say('conversions.noAnswer') },
              { key: 'told', title: say('conversions.answered'), render: (_, one) => <div style={{ maxWidth: 360, whiteSpace: 'normal', overflowWrap: 'anywhere' }}>{one.told}</div> },
            ]}
          />
        )}
      </Wait>
    </Modal>
  );
}

function LineSteps({ line, repeats, act }: { line: Line; repeats: boolean; act: Act }) {
  const { say } = useTexts();
  const params = { path: { line: line.id } };
  const again = line.state === 'unsendable' ? 'conversions.judge' : 'conversions.again';
  if (!['failed', 'uncertain', 'unsendable'].includes(line.state) && !(line.state === 'sent' && repeats)) return null;
  return (
    <Space>
      <Button size="small" aria-label={`${say(again)}: ${line.name}`} onClick={() => act(() => got(api.POST('/api/v1/conversions/{line}/again', { params })))}>{say(again)}</Button>
      {line.state === 'uncertain' ? <Button size="small" aria-label={`${say('conversions.arrived')}: ${line.name}`} onClick={() => act(() => got(api.POST('/api/v1/conversions/{line}/arrived', { params })))}>{say('conversions.arrived')}</Button> : null}
    </Space>
  );
}

/** Each account with its platform's state, and a form for one more or for the one that is edited. */
function Accounts({ may, act }: { may: boolean; act: Act }) {
  const { say, read, language } = useTexts();
  const { search, set } = useAddress();
  const { targets, platforms } = useAccounts();
  const titled = (name: string) => { const one = platforms.find((each) => each.name === name); return one ? read(one.title) : name; };
  const backs = (name: string) => { const one = platforms.find((each) => each.name === name); return one ? read(one.takes_back) : ''; };
  const fares = (one: TargetState) => {
    if (one.trouble !== null) return <><Tag color="red">{say('conversions.trouble')}</Tag> {read(one.trouble)}</>;
    if (!one.active) return <Tag>{say('conversions.off')}</Tag>;
    if (one.paused_until !== null && new Date(one.paused_until) > new Date()) return <><Tag color="gold">{say('conversions.paused')}</Tag> {shownMoment(one.paused_until, language)}</>;
    return <Tag color="green">{say('conversions.fine')}</Tag>;
  };
  const edited = targets.find((one) => String(one.id) === search.edit);
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
              { key: 'do', title: say('exports.do'), render: (_, one) => (may ? <AccountSteps account={one} act={act} edit={() => set({ edit: String(one.id) })} /> : null) },
            ]}
          />
        )}
      </Panel>
      {may && platforms.length > 0 ? <AccountForm key={edited?.id ?? 0} edited={edited} platforms={platforms} act={act} done={() => set({ edit: null }, true)} /> : null}
    </>
  );
}

/** An account as it is sent to be kept; secrets left out stay. */
function asKept({ id, name, platform, address, account, goals, per_minute, active }: TargetState): Target {
  return { id, name, platform, address, account, secrets: {}, goals, per_minute, active };
}

function AccountSteps({ account, act, edit }: { account: TargetState; act: Act; edit: () => void }) {
  const { say } = useTexts();
  const keeping = useKeeping();
  const turned = account.active ? 'conversions.turnOff' : 'conversions.turnOn';
  return (
    <Space wrap>
      {account.counts.failed ? <Button size="small" aria-label={`${say('conversions.allAgain')}: ${account.name}`} onClick={() => act(() => keeping(got(api.POST('/api/v1/conversions/targets/{target}/again', { params: { path: { target: account.id } } }))))}>{say('conversions.allAgain')}</Button> : null}
      <Button size="small" aria-label={`${say('conversions.edit')}: ${account.name}`} onClick={edit}>{say('conversions.edit')}</Button>
      <Button size="small" aria-label={`${say(turned)}: ${account.name}`} onClick={() => act(() => keeping(got(api.PUT('/api/v1/conversions/targets', { body: { ...asKept(account), active: !account.active } }))))}>{say(turned)}</Button>
    </Space>
  );
}

function AccountForm({ edited, platforms, act, done }: { edited: TargetState | undefined; platforms: Platform[]; act: Act; done: () => void }) {
  const { say, read } = useTexts();
  const keeping = useKeeping();
  const [form] = Form.useForm<Target>();
  const name = Form.useWatch('platform', form) ?? edited?.platform ?? 'webhook';
  const platform = platforms.find((one) => one.name === name);
  const required = [{ required: true, message: say('enter.required') }];
  const title = edited === undefined ? say('conversions.add') : say('conversions.editing', { name: edited.name });
  const hint = edited === undefined ? say('conversions.secretsHint') : say('conversions.renewHint');
  const keep = (body: Target) =>
    act(() => keeping(got(api.PUT('/api/v1/conversions/targets', { body: { ...body, id: edited?.id ?? 0, active: edited?.active ?? true, account: kept(body.account), secrets: kept(body.secrets) } }))).then(() => (edited === undefined ? form.resetFields() : done())));
  return (
    <Panel title={title} hint={platform === undefined ? hint : `${read(platform.takes_back)} · ${hint}`}>
      <Form<Target> form={form} layout="vertical" className="entry-form" initialValues={edited === undefined ? { platform: 'webhook', goals: ['unique_target_call', 'sale'], per_minute: 60 } : asKept(edited)} requiredMark={false} onFinish={keep}>
        <Form.Item name="platform" label={say('conversions.platform')} rules={required}>
          <Select disabled={edited !== undefined} options={platforms.map((one) => ({ value: one.name, label: read(one.title) }))} popupMatchSelectWidth={false} />
        </Form.Item>
        <Form.Item name="name" label={say('conversions.name')} rules={required}><Input maxLength={100} /></Form.Item>
        {platform?.address && !edited?.address ? null : <Form.Item name="address" label={say('conversions.address')} rules={platform?.address ? [] : required}><Input maxLength={200} /></Form.Item>}
        {platform?.fields.map((field) => (
          <Form.Item key={`${name} ${field.name}`} name={[field.secret ? 'secrets' : 'account', field.name]} label={read(field.label)} rules={field.required && !(field.secret && edited !== undefined) ? required : []}>
            {field.secret ? <Input.Password maxLength={500} autoComplete="off" placeholder={edited === undefined ? undefined : say('conversions.unchanged')} /> : <Input maxLength={200} />}
          </Form.Item>
        ))}
        <Form.Item name="per_minute" label={say('conversions.perMinute')} rules={required}><InputNumber min={1} max={6000} precision={0} style={{ width: '100%' }} /></Form.Item>
        <Form.Item name="goals" label={say('conversions.goals')} rules={required}>
          <Select mode="multiple" options={GOALS.map((goal) => ({ value: goal, label: say(`conversions.${goal}`) }))} popupMatchSelectWidth={false} />
        </Form.Item>
        <Button htmlType="submit" type="primary">{edited === undefined ? say('conversions.add') : say('conversions.keep')}</Button>
        {edited === undefined ? null : <Button onClick={done}>{say('conversions.leave')}</Button>}
      </Form>
    </Panel>
  );
}

/** What was filled in. */
function kept(fields: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, text]) => text));
}
