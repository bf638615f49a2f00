import { Button, Form, Input, InputNumber, Select, Switch } from 'antd';
import type { Schemas } from '../api/client';
import { useTexts } from '../texts/language';

export type Seat = Schemas['SeatBody'];
export type Rule = Schemas['RuleBody'];
export type Pool = Schemas['LeadPoolBody'];
export const METHODS: readonly NonNullable<Rule['method']>[] = ['least_loaded', 'round_robin', 'longest_idle'];
const NEW_SEAT: Partial<Seat> = { capacity: 50, sales: false, active: true };
const NEW_RULE: Partial<Rule> = { method: 'least_loaded', least_score: 0, place: 0, active: true };

interface Props<T> {
  /** What is changed; nothing: a new one. */
  edited: T | null;
  keep: (body: T) => void;
  cancel: () => void;
}

/** Everything a seat has; what is changed begins with what stands there. */
export function SeatForm({ edited, keep, cancel }: Props<Seat>) {
  const { say } = useTexts();
  return (
    <Form<Seat> name="seat" key={edited?.agent ?? ''} layout="inline" className="inline-form" initialValues={edited ?? NEW_SEAT} requiredMark={false} onFinish={(body) => keep({ ...body, team: body.team?.trim() || null })}>
      <Form.Item name="agent" label={say('giving.agent')} rules={[{ required: true, message: say('enter.required') }]}><Input disabled={edited !== null} /></Form.Item>
      <Form.Item name="team" label={say('giving.team')}><Input style={{ width: 110 }} /></Form.Item>
      <Names name="skills" label={say('giving.skills')} />
      <Names name="regions" label={say('giving.regions')} />
      <Names name="industries" label={say('giving.industries')} />
      <Form.Item name="capacity" label={say('giving.capacity')}><InputNumber min={0} max={10000} /></Form.Item>
      <Form.Item name="sales" label={say('giving.sales')} valuePropName="checked"><Switch /></Form.Item>
      <Form.Item name="active" label={say('results.active')} valuePropName="checked"><Switch /></Form.Item>
      <Buttons edited={edited !== null} make={say('giving.seat')} cancel={cancel} />
    </Form>
  );
}

/** Everything a rule may ask; what is left empty asks nothing. */
export function RuleForm({ edited, keep, cancel, pools }: Props<Rule> & { pools: readonly Pool[] }) {
  const { say } = useTexts();
  return (
    <Form<Rule>
      name="rule"
      key={edited?.id ?? 0}
      layout="inline"
      className="inline-form"
      initialValues={edited ?? NEW_RULE}
      requiredMark={false}
      onFinish={(body) => keep({ ...body, id: edited?.id ?? 0, place: body.place ?? 0, least_score: body.least_score ?? 0, team: body.team?.trim() || null, skill: body.skill?.trim() || null, pool: body.pool ?? null })}
    >
      <Form.Item name="place" label={say('giving.place')}><InputNumber min={0} max={10000} style={{ width: 80 }} /></Form.Item>
      <Form.Item name="name" label={say('giving.name')} rules={[{ required: true, message: say('enter.required') }]}><Input /></Form.Item>
      <Names name="regions" label={say('giving.regions')} />
      <Names name="industries" label={say('giving.industries')} />
      <Names name="channels" label={say('giving.channels')} />
      <Names name="sources" label={say('giving.sources')} />
      <Names name="lists" label={say('giving.lists')} />
      <Form.Item name="least_score" label={say('giving.least')}><InputNumber min={0} max={1} step={0.05} /></Form.Item>
      <Form.Item name="pool" label={say('giving.pool')}>
        <Select allowClear style={{ minWidth: 140 }} options={pools.filter((one) => one.active).map((one) => ({ value: one.id, label: one.name }))} />
      </Form.Item>
      <Form.Item name="team" label={say('giving.team')}><Input style={{ width: 110 }} /></Form.Item>
      <Form.Item name="skill" label={say('giving.skill')}><Input style={{ width: 110 }} /></Form.Item>
      <Form.Item name="own_region" label={say('giving.ownRegion')} valuePropName="checked"><Switch /></Form.Item>
      <Form.Item name="own_industry" label={say('giving.ownIndustry')} valuePropName="checked"><Switch /></Form.Item>
      <Form.Item name="method" label={say('giving.method')}>
        <Select style={{ minWidth: 140 }} options={METHODS.map((value) => ({ value, label: say(`giving.method.${value}`) }))} />
      </Form.Item>
      <Form.Item name="active" label={say('results.active')} valuePropName="checked"><Switch /></Form.Item>
      <Buttons edited={edited !== null} make={say('giving.rule')} cancel={cancel} />
    </Form>
  );
}

/** A public pool: for whom it is, and its limits. */
export function PoolForm({ edited, keep, cancel }: Props<Pool>) {
  const { say } = useTexts();
  return (
    <Form<Pool> name="pool" key={edited?.id ?? 0} layout="inline" className="inline-form" initialValues={edited ?? { claims_a_day: 20, hold_most: 100, protect_days: 14, active: true }} requiredMark={false} onFinish={(body) => keep({ ...body, id: edited?.id ?? 0, team: body.team?.trim() || null })}>
      <Form.Item name="name" label={say('pools.name')} rules={[{ required: true, message: say('enter.required') }]}><Input /></Form.Item>
      <Form.Item name="team" label={say('pools.team')}><Input style={{ width: 110 }} /></Form.Item>
      <Form.Item name="claims_a_day" label={say('pools.claims')}><InputNumber min={0} max={10000} /></Form.Item>
      <Form.Item name="hold_most" label={say('pools.hold')}><InputNumber min={0} max={10000} /></Form.Item>
      <Form.Item name="protect_days" label={say('pools.protect')}><InputNumber min={1} max={365} /></Form.Item>
      <Form.Item name="active" label={say('results.active')} valuePropName="checked"><Switch /></Form.Item>
      <Buttons edited={edited !== null} make={say('pools.add')} cancel={cancel} />
    </Form>
  );
}

function Names({ name, label }: { name: string; label: string }) {
  return <Form.Item name={name} label={label}><Select mode="tags" style={{ minWidth: 140 }} /></Form.Item>;
}

function Buttons({ edited, make, cancel }: { edited: boolean; make: string; cancel: () => void }) {
  const { say } = useTexts();
  return (
    <span className="bar">
      <Button htmlType="submit" type="primary">{edited ? say('giving.keep') : make}</Button>
      {edited ? <Button onClick={cancel}>{say('giving.cancel')}</Button> : null}
    </span>
  );
}
