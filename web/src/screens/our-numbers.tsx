import { Alert, Button, Form, Input, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { currencyStore } from '../api/currency';
import { type Schemas, api, got } from '../api/client';
import { shown, shownMoment } from '../app/format';
import { dayStart, localToday, plusDays } from '../app/period';
import { useRights } from '../app/session';
import { sourceText } from '../parts/figure';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { codeText, useTexts } from '../texts/language';

type Number_ = Schemas['NumberBody'];
interface About { label?: string; channel?: string; source?: string; medium?: string; campaign?: string; keyword?: string; creative?: string; area?: string; price?: string; hours?: string; joins?: string }
interface Filled extends About { numbers: string; kind: Schemas['NewNumbers']['kind']; extension?: string; pool?: number }
interface Changed extends About { last?: string }
const KINDS = ['static', 'pool', 'overflow', 'extension', 'axb', 'own'] as const;
const SAID = ['channel', 'source', 'medium', 'campaign', 'keyword', 'creative'] as const;
const isOver = (one: Number_) => !!one.valid_until && Date.parse(one.valid_until) <= Date.now();

/** Every number of ours: what it tracks, what it costs, since when; added, changed, and taken out of use. */
export default function OurNumbers() {
  const { say, language } = useTexts();
  const mayChange = useRights().has('facts.write');
  const [pools, setPools] = useState<readonly Schemas['PoolBody'][]>([]);
  const [chosen, setChosen] = useState<Number_ | null>(null);
  const poolName = (id: number | null | undefined) => pools.find((one) => one.id === id)?.name ?? '';
  return (
    <Resource<Number_>
      name="our-numbers"
      title={say('ourNumbers.title')}
      hint={say('ourNumbers.hint')}
      load={async () => {
        const found = await got(api.GET('/api/v1/tracking'));
        setPools(found.pools);
        return found.numbers;
      }}
      rowKey="id"
      above={(act) =>
        !mayChange ? null : chosen === null ? (
          <Add pools={pools} act={act} />
        ) : (
          <Change key={chosen.id} number={chosen} onClose={() => setChosen(null)} onSave={(body) => act(async () => { await got(api.PATCH('/api/v1/tracking/numbers/{number}', { params: { path: { number: chosen.id } }, body })); setChosen(null); })} />
        )
      }
      columns={(act) => [
        { key: 'number', title: say('ourNumbers.number'), render: (_, one) => <>{one.written}{one.extension ? ` #${one.extension}` : ''}{one.label ? <div>{one.label}</div> : null}</> },
        { key: 'kind', title: say('field.kind'), render: (_, one) => `${codeText(say, 'ourNumbers.kind', one.kind)} ${poolName(one.pool)}` },
        { key: 'tracks', title: say('ourNumbers.tracks'), className: 'what', render: (_, one) => sourceText(say, one) },
        { key: 'price', title: say('ourNumbers.price'), align: 'right', render: (_, one) => shown(one.price, 'money', currencyStore.get(), language) },
        { key: 'area', title: say('ourNumbers.area'), render: (_, one) => one.area ?? '—' },
        { key: 'from', title: say('ourNumbers.from'), render: (_, one) => shownMoment(one.valid_from, language) },
        { key: 'until', title: say('ourNumbers.until'), render: (_, one) => (one.valid_until ? shownMoment(one.valid_until, language) : '—') },
        {
          key: 'change',
          title: say('ourNumbers.change'),
          render: (_, one) => (isOver(one) || !mayChange ? '—' : <Button size="small" aria-label={`${say('ourNumbers.change')} ${one.written}`} onClick={() => setChosen(one)}>{say('ourNumbers.change')}</Button>),
        },
        {
          key: 'retire',
          title: say('ourNumbers.retire'),
          render: (_, one) =>
            isOver(one) || !mayChange ? (
              '—'
            ) : (
              <Popconfirm title={say('ourNumbers.retiring', { number: one.written })} onConfirm={() => act(() => got(api.DELETE('/api/v1/tracking/numbers/{number}', { params: { path: { number: one.id } } })))}>
                <Button size="small" aria-label={`${say('ourNumbers.retire')} ${one.written}`}>{say('ourNumbers.retire')}</Button>
              </Popconfirm>
            ),
        },
      ]}
    />
  );
}

function Add({ pools, act }: { pools: readonly Schemas['PoolBody'][]; act: Act }) {
  const { say } = useTexts();
  const [form] = Form.useForm<Filled>();
  const kind = Form.useWatch('kind', form);
  const [told, setTold] = useState<Schemas['MadeNumbers'] | null>(null);
  const required = [{ required: true, message: say('enter.required') }];
  const add = async ({ numbers, ...rest }: Filled) => {
    const { hours, ...said } = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== '')) as Omit<Filled, 'numbers'>;
    const found = await got(api.POST('/api/v1/tracking/numbers', { body: { extension: '', ...said, hours: hoursIn(hours), numbers: numbers.split(/[\n,;，；]+/).map((one) => one.trim()).filter(Boolean) } }));
    setTold(found);
    // What was refused stays to be mended, with everything said of it.
    if (found.refused.length === 0) form.resetFields();
    else form.setFieldValue('numbers', found.refused.map((one) => one.number).join('\n'));
  };
  return (
    <Panel title={say('ourNumbers.add')}>
      {told === null ? null : <Alert type={told.refused.length === 0 ? 'success' : 'warning'} showIcon title={say('ourNumbers.added', { count: told.ids.length })} description={told.refused.length === 0 ? null : <Refused lines={told.refused} />} />}
      <Form<Filled> form={form} layout="vertical" initialValues={{ kind: 'static' }} requiredMark={false} onFinish={(body) => act(() => add(body))}>
        <Form.Item name="numbers" label={say('ourNumbers.numbers')} rules={required}><Input.TextArea rows={2} /></Form.Item>
        <div className="bar">
          <Form.Item name="kind" label={say('field.kind')}><Select style={{ minWidth: 180 }} options={KINDS.map((value) => ({ value, label: codeText(say, 'ourNumbers.kind', value) }))} /></Form.Item>
          {kind === 'pool' ? <Form.Item name="pool" label={say('ourNumbers.pool')} rules={required}><Select style={{ minWidth: 160 }} options={pools.map((one) => ({ value: one.id, label: one.name }))} /></Form.Item> : null}
          {kind === 'extension' ? <Form.Item name="extension" label={say('ourNumbers.extension')} rules={required}><Input maxLength={8} /></Form.Item> : null}
          <AboutFields kind={kind ?? 'static'} />
        </div>
        <Button htmlType="submit" type="primary">{say('ourNumbers.add')}</Button>
      </Form>
    </Panel>
  );
}

/** Each line that was not added, why, and what to do. */
function Refused({ lines }: { lines: readonly Schemas['RefusedNumber'][] }) {
  const { say, read } = useTexts();
  return (
    <>
      {say('ourNumbers.refused', { count: lines.length })}
      <ul>
        {lines.map((one) => <li key={one.line}>{say('ourNumbers.line', { line: one.line, number: one.number })}{[one.text, one.remedy].filter((text) => text != null).map((text) => read(text)).join(say('ourNumbers.then'))}</li>)}
      </ul>
    </>
  );
}

/** What a number tracks, costs and answers; what tracks nothing by itself has no source. */
function AboutFields({ kind }: { kind: string }) {
  const { say } = useTexts();
  return (
    <>
      {kind === 'axb' ? <Form.Item name="joins" label={say('ourNumbers.joins')}><Input /></Form.Item> : null}
      {kind === 'pool' || kind === 'own' ? null : SAID.map((name) => <Form.Item key={name} name={name} label={say(`field.${name}`)}><Input /></Form.Item>)}
      <Form.Item name="label" label={say('ourNumbers.label')}><Input maxLength={100} /></Form.Item>
      <Form.Item name="area" label={say('ourNumbers.area')}><Input /></Form.Item>
      <Form.Item name="price" label={say('ourNumbers.price')}><Input inputMode="decimal" /></Form.Item>
      <Form.Item name="hours" label={say('ourNumbers.hours')}><Input placeholder="1-5 09:00-18:00" /></Form.Item>
    </>
  );
}

/** Changes what is known of a number; its record, and so its rent, goes on. */
function Change({ number, onSave, onClose }: { number: Number_; onSave: (body: Schemas['ChangedNumber']) => void; onClose: () => void }) {
  const { say } = useTexts();
  const told = Object.fromEntries([...SAID, 'label' as const, 'area' as const, 'price' as const, 'joins' as const].map((name) => [name, number[name] ?? undefined])) as About;
  const initial: Changed = { ...told, hours: number.hours.join(', '), last: number.valid_until ? localToday(new Date(Date.parse(number.valid_until) - 1)) : undefined };
  const save = ({ last, hours, ...rest }: Changed) => {
    const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== ''));
    const until = last ? dayStart(plusDays(last, 1)) : null;
    onSave({ ...said, hours: hoursIn(hours), valid_until: until });
  };
  return (
    <Panel title={say('ourNumbers.changing', { number: number.written })} hint={say('ourNumbers.changeHint')}>
      <Form<Changed> name="number-change" layout="vertical" initialValues={initial} requiredMark={false} onFinish={save}>
        <div className="bar">
          <AboutFields kind={number.kind} />
          <Form.Item name="last" label={say('ourNumbers.last')}><Input type="date" /></Form.Item>
        </div>
        <Button htmlType="submit" type="primary">{say('ourNumbers.save')}</Button> <Button onClick={onClose}>{say('callReports.cancel')}</Button>
      </Form>
    </Panel>
  );
}

const hoursIn = (text: string | undefined) => (text ?? '').split(/[,，;；]/).map((one) => one.trim()).filter(Boolean);
