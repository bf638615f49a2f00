import { Button, Form, Input, InputNumber } from 'antd';
import { type Schemas, api, got } from '../api/client';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Pool = Schemas['LeadPoolBody'];
type NewPool = Schemas['LeadPoolBody'];

/** Public pools, from which agents claim. */
export default function Pools() {
  const { say } = useTexts();
  const may = useRights().has('leads.write');
  return (
    <Resource<Pool>
      name="pools"
      title={say('pools.title')}
      hint={say('pools.hint')}
      load={async () => (await got(api.GET('/api/v1/leads/pools'))).pools}
      rowKey="name"
      above={(act) =>
        may ? (
          <Panel title={say('pools.add')}>
            <Form<NewPool> layout="inline" className="inline-form" initialValues={{ claims_a_day: 20, hold_most: 100, protect_days: 14 }} requiredMark={false} onFinish={(body) => act(() => got(api.PUT('/api/v1/leads/pools', { body })))}>
              <Form.Item name="name" label={say('pools.name')} rules={[{ required: true, message: say('enter.required') }]}><Input /></Form.Item>
              <Form.Item name="claims_a_day" label={say('pools.claims')}><InputNumber min={0} max={10000} /></Form.Item>
              <Form.Item name="hold_most" label={say('pools.hold')}><InputNumber min={0} max={10000} /></Form.Item>
              <Form.Item name="protect_days" label={say('pools.protect')}><InputNumber min={1} max={365} /></Form.Item>
              <Button htmlType="submit" type="primary">{say('pools.add')}</Button>
            </Form>
          </Panel>
        ) : null
      }
      columns={() => [
        { key: 'name', title: say('pools.name'), dataIndex: 'name' },
        { key: 'claims', title: say('pools.claims'), dataIndex: 'claims_a_day' },
        { key: 'hold', title: say('pools.hold'), dataIndex: 'hold_most' },
        { key: 'protect', title: say('pools.protect'), dataIndex: 'protect_days' },
      ]}
    />
  );
}
