import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Descriptions, Form, Input, InputNumber, Popconfirm, Select, Table } from 'antd';
import { useState } from 'react';
import { currencyStore } from '../api/currency';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Pool = Schemas['PoolBody'];
type Size = Schemas['SizingBody'];
type Filled = Schemas['NewPool'] & { site: number };

/** Pools of numbers lent to visitors, what they lost and how many numbers they need. */
export default function Pools() {
  const { say, language } = useTexts();
  const mayChange = useRights().has('facts.write');
  const [known, setKnown] = useState<Schemas['Tracking'] | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const pool = known?.pools.find((one) => one.id === chosen) ?? known?.pools[0];
  const siteName = (id: number) => known?.sites.find((one) => one.id === id)?.name ?? String(id);
  return (
    <Resource<Pool>
      name="number-pools"
      title={say('numberPools.title')}
      hint={say('numberPools.hint')}
      load={async () => {
        const found = await got(api.GET('/api/v1/tracking'));
        setKnown(found);
        return found.pools;
      }}
      rowKey="id"
      above={(act) => (
        <>
          {pool === undefined ? null : <Sizing pool={pool} />}
          {mayChange && pool !== undefined ? <Change key={pool.id} pool={pool} act={act} /> : null}
          {mayChange && known !== null ? known.sites.length === 0 ? <Alert type="info" showIcon title={say('numberPools.siteFirst')} /> : <Make known={known} act={act} /> : null}
        </>
      )}
      columns={(act) => [
        { key: 'name', title: say('field.name'), render: (_, one) => <Button type="link" size="small" onClick={() => setChosen(one.id)}>{one.name}</Button> },
        { key: 'site', title: say('numberPools.site'), render: (_, one) => siteName(one.site) },
        { key: 'replaces', title: say('numberPools.replaces'), render: (_, one) => one.replaces },
        { key: 'numbers', title: say('numberPools.numbers'), align: 'right', render: (_, one) => one.numbers },
        { key: 'hold', title: say('numberPools.hold'), align: 'right', render: (_, one) => shown(one.hold_seconds, 'seconds', 'CNY', language) },
        { key: 'quiet', title: say('numberPools.quiet'), align: 'right', render: (_, one) => shown(one.quiet_seconds, 'seconds', 'CNY', language) },
        {
          key: 'remove',
          title: say('numberPools.remove'),
          render: (_, one) =>
            !mayChange ? '—' : (
              <Popconfirm title={say('numberPools.removing', { name: one.name, numbers: one.numbers })} onConfirm={() => act(() => got(api.DELETE('/api/v1/tracking/pools/{pool}', { params: { path: { pool: one.id } } })))}>
                <Button size="small" aria-label={`${say('numberPools.remove')} ${one.name}`}>{say('numberPools.remove')}</Button>
              </Popconfirm>
            ),
        },
      ]}
    />
  );
}

/** Changes the chosen pool; its numbers stay lent. */
function Change({ pool, act }: { pool: Pool; act: Act }) {
  const { say } = useTexts();
  const required = [{ required: true, message: say('enter.required') }];
  const save = (body: Schemas['NewPool']) => act(() => got(api.PATCH('/api/v1/tracking/pools/{pool}', { params: { path: { pool: pool.id } }, body })));
  return (
    <Panel title={say('sites.change', { name: pool.name })}>
      <Form<Schemas['NewPool']> name="pool-change" layout="inline" className="inline-form" initialValues={pool} requiredMark={false} onFinish={save}>
        <Form.Item name="name" label={say('field.name')} rules={required}><Input maxLength={100} /></Form.Item>
        <Form.Item name="replaces" label={say('numberPools.replaces')} rules={required}><Input /></Form.Item>
        <Form.Item name="hold_seconds" label={say('numberPools.holdSeconds')}><InputNumber min={30} max={86_400} /></Form.Item>
        <Form.Item name="quiet_seconds" label={say('numberPools.quietSeconds')}><InputNumber min={0} max={604_800} /></Form.Item>
        <Button htmlType="submit">{say('callRules.save')}</Button>
      </Form>
    </Panel>
  );
}

function Make({ known, act }: { known: Schemas['Tracking']; act: Act }) {
  const { say } = useTexts();
  const required = [{ required: true, message: say('enter.required') }];
  const make = ({ site, ...body }: Filled) => act(() => got(api.POST('/api/v1/tracking/sites/{site}/pools', { params: { path: { site } }, body })));
  return (
    <Panel title={say('numberPools.make')}>
      <Form<Filled> layout="inline" className="inline-form" initialValues={{ site: known.sites[0]?.id, hold_seconds: 150, quiet_seconds: 600 }} requiredMark={false} onFinish={make}>
        <Form.Item name="site" label={say('numberPools.site')} rules={required}><Select style={{ minWidth: 140 }} options={known.sites.map((one) => ({ value: one.id, label: one.name }))} /></Form.Item>
        <Form.Item name="name" label={say('field.name')} rules={required}><Input maxLength={100} /></Form.Item>
        <Form.Item name="replaces" label={say('numberPools.replaces')} rules={required}><Input placeholder="400-800-1234" /></Form.Item>
        <Form.Item name="hold_seconds" label={say('numberPools.holdSeconds')}><InputNumber min={30} max={86_400} /></Form.Item>
        <Form.Item name="quiet_seconds" label={say('numberPools.quietSeconds')}><InputNumber min={0} max={604_800} /></Form.Item>
        <Button htmlType="submit" type="primary">{say('numberPools.make')}</Button>
      </Form>
    </Panel>
  );
}

const TARGETS = [0.005, 0.01, 0.02, 0.05, 0.1];

/** What the pool lost, what it would lose with more numbers, and what those cost. */
function Sizing({ pool }: { pool: Pool }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const [target, setTarget] = useState(0.02);
  // Of a name of its own: a change of the list must not ask for the size of a pool that is no more.
  const asked = useQuery({ queryKey: ['pool-size', search.workspace, pool.id, pool.hold_seconds, pool.quiet_seconds, target], queryFn: () => got(api.GET('/api/v1/tracking/pools/{pool}/sizing', { params: { path: { pool: pool.id }, query: { target } } })) });
  const share = (value: number | null) => shown(value, 'share', 'CNY', language);
  return (
    <Panel
      title={say('numberPools.size', { name: pool.name })}
      hint={say('numberPools.sizeHint')}
      extra={<Select aria-label={say('numberPools.target')} value={target} onChange={setTarget} style={{ width: 160 }} options={TARGETS.map((value) => ({ value, label: say('numberPools.lose', { share: share(value) }) }))} />}
    >
      <Wait asked={asked} height={220}>
        {(found) => (
          <>
            <Verdict size={found} />
            <Descriptions
              size="small"
              column={{ xs: 1, sm: 2, lg: 4 }}
              items={[
                { key: 'visits', label: say('numberPools.visits'), children: shown(found.visits, 'count', 'CNY', language) },
                { key: 'lost', label: say('numberPools.lost'), children: `${shown(found.lost, 'count', 'CNY', language)} (${share(found.visits ? found.lost / found.visits : null)})` },
                { key: 'predicted', label: say('numberPools.predicted'), children: share(found.predicted) },
                { key: 'held', label: say('numberPools.held'), children: shown(found.held_seconds, 'seconds', 'CNY', language) },
                { key: 'busiest', label: say('numberPools.busiest'), children: shown(found.busiest, 'count', 'CNY', language) },
              ]}
            />
            {found.visits === 0 ? null : <Hours hours={found.by_hour} />}
          </>
        )}
      </Wait>
    </Panel>
  );
}

function Verdict({ size }: { size: Size }) {
  const { say, language } = useTexts();
  if (size.buy === null || size.wanted === null) return <Alert type="info" showIcon title={say('numberPools.noTraffic')} />;
  if (size.buy === 0) return <Alert type="success" showIcon title={say('numberPools.enough', { numbers: size.numbers, wanted: size.wanted })} />;
  const price = size.buy_price === null ? say('numberPools.noPrice') : say('numberPools.price', { price: shown(size.buy_price, 'money', currencyStore.get(), language) });
  return <Alert type="warning" showIcon title={say('numberPools.buy', { buy: size.buy, wanted: size.wanted })} description={price} />;
}

function Hours({ hours }: { hours: Size['by_hour'] }) {
  const { say, language } = useTexts();
  return (
    <Table
      size="small"
      rowKey="hour"
      pagination={false}
      scroll={{ x: 'max-content' }}
      dataSource={hours.filter((one) => one.visits > 0)}
      columns={[
        { key: 'hour', title: say('heat.hour'), render: (_, one) => `${String(one.hour).padStart(2, '0')}:00` },
        { key: 'visits', title: say('numberPools.visits'), align: 'right', render: (_, one) => shown(one.visits, 'count', 'CNY', language) },
        { key: 'lost', title: say('numberPools.lost'), align: 'right', render: (_, one) => shown(one.lost, 'count', 'CNY', language) },
        { key: 'share', title: say('numberPools.lostShare'), align: 'right', render: (_, one) => shown(one.lost / one.visits, 'share', 'CNY', language) },
      ]}
    />
  );
}
