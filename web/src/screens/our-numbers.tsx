import { Alert, Button, Form, Input, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { currencyStore } from '../api/currency';
import { type Schemas, api, got } from '../api/client';
import { shown, shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Number_ = Schemas['NumberBody'];
interface Filled { numbers: string; kind: Schemas['NewNumbers']['kind']; extension?: string; pool?: number; channel?: string; source?: string; medium?: string; campaign?: string; area?: string; price?: string; joins?: string }
const KINDS = ['static', 'pool', 'overflow', 'extension', 'axb', 'own'] as const;
const SAID = ['channel', 'source', 'medium', 'campaign'] as const;

/** Every number of ours: what it tracks, what it costs, since when; added, and taken out of use. */
export default function OurNumbers() {
  const { say, language } = useTexts();
  const mayChange = useRights().has('facts.write');
  const [pools, setPools] = useState<readonly Schemas['PoolBody'][]>([]);
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
      above={(act) => (mayChange ? <Add pools={pools} act={act} /> : null)}
      columns={(act) => [
        { key: 'number', title: say('ourNumbers.number'), render: (_, one) => <>{one.written}{one.extension ? ` #${one.extension}` : ''}</> },
        { key: 'kind', title: say('field.kind'), render: (_, one) => `${say(`ourNumbers.kind.${one.kind}`)} ${poolName(one.pool)}` },
        { key: 'tracks', title: say('ourNumbers.tracks'), className: 'what', render: (_, one) => SAID.map((name) => one[name]).filter(Boolean).join(' / ') || '—' },
        { key: 'price', title: say('ourNumbers.price'), align: 'right', render: (_, one) => shown(one.price, 'money', currencyStore.get(), language) },
        { key: 'area', title: say('ourNumbers.area'), render: (_, one) => one.area ?? '—' },
        { key: 'from', title: say('ourNumbers.from'), render: (_, one) => shownMoment(one.valid_from, language) },
        {
          key: 'retire',
          title: say('ourNumbers.retire'),
          render: (_, one) =>
            one.valid_until || !mayChange ? (
              one.valid_until ? shownMoment(one.valid_until, language) : '—'
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
  const [added, setAdded] = useState<number | null>(null);
  const required = [{ required: true, message: say('enter.required') }];
  const add = async ({ numbers, ...rest }: Filled) => {
    const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== '')) as Omit<Filled, 'numbers'>;
    const found = await got(api.POST('/api/v1/tracking/numbers', { body: { extension: '', hours: [], ...said, numbers: numbers.split(/[\n,;，；]+/).map((one) => one.trim()).filter(Boolean) } }));
    setAdded(found.ids.length);
    form.resetFields();
  };
  return (
    <Panel title={say('ourNumbers.add')}>
      {added === null ? null : <Alert type="success" showIcon title={say('ourNumbers.added', { count: added })} />}
      <Form<Filled> form={form} layout="vertical" initialValues={{ kind: 'static' }} requiredMark={false} onFinish={(body) => act(() => add(body))}>
        <Form.Item name="numbers" label={say('ourNumbers.numbers')} rules={required}><Input.TextArea rows={2} /></Form.Item>
        <div className="bar">
          <Form.Item name="kind" label={say('field.kind')}><Select style={{ minWidth: 180 }} options={KINDS.map((value) => ({ value, label: say(`ourNumbers.kind.${value}`) }))} /></Form.Item>
          {kind === 'pool' ? <Form.Item name="pool" label={say('ourNumbers.pool')} rules={required}><Select style={{ minWidth: 160 }} options={pools.map((one) => ({ value: one.id, label: one.name }))} /></Form.Item> : null}
          {kind === 'extension' ? <Form.Item name="extension" label={say('ourNumbers.extension')} rules={required}><Input maxLength={8} /></Form.Item> : null}
          {kind === 'axb' ? <Form.Item name="joins" label={say('ourNumbers.joins')}><Input /></Form.Item> : null}
          {kind === 'pool' || kind === 'own' ? null : SAID.map((name) => <Form.Item key={name} name={name} label={say(`field.${name}`)}><Input /></Form.Item>)}
          <Form.Item name="area" label={say('ourNumbers.area')}><Input /></Form.Item>
          <Form.Item name="price" label={say('ourNumbers.price')}><Input inputMode="decimal" /></Form.Item>
        </div>
        <Button htmlType="submit" type="primary">{say('ourNumbers.add')}</Button>
      </Form>
    </Panel>
  );
}
