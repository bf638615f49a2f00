import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Origin = Schemas['OriginBody'];

/** Where bought and collected lists come from; before that is stated nobody works them. */
export default function Origins() {
  const { say } = useTexts();
  const may = useRights().has('leads.write');
  const [form] = Form.useForm<Origin>();
  const [waiting, setWaiting] = useState<readonly Schemas['UnprovenBody'][]>([]);
  const required = [{ required: true, message: say('enter.required') }];
  return (
    <Resource<Origin>
      name="origins"
      title={say('origins.title')}
      hint={say('origins.hint')}
      load={async () => {
        const found = await got(api.GET('/api/v1/leads/origins'));
        setWaiting(found.unproven);
        return found.origins;
      }}
      rowKey="list"
      above={(act) => (
        <>
          {waiting.length === 0 ? null : (
            <Alert type="warning" showIcon role="alert" title={say('origins.blocked')} description={<ul className="views">{waiting.map((one) => (
              <li key={one.list}>
                <span>{say('origins.blockedRow', { list: one.list, leads: String(one.leads) })}</span>
                {may ? <Button size="small" aria-label={`${say('origins.add')} ${one.list}`} onClick={() => form.setFieldsValue({ list: one.list, supplier: one.supplier ?? '' })}>{say('origins.add')}</Button> : null}
              </li>
            ))}</ul>} />
          )}
          {may ? (
            <Panel title={say('origins.add')}>
              <Form<Origin> form={form} layout="vertical" requiredMark={false} onFinish={(body) => act(async () => { await got(api.PUT('/api/v1/leads/origins', { body })); form.resetFields(); })}>
                {(['list', 'supplier', 'collected', 'consent', 'evidence'] as const).map((name) => <Form.Item key={name} name={name} label={say(`origins.${name}`)} rules={required}><Input maxLength={500} /></Form.Item>)}
                <Button htmlType="submit" type="primary">{say('origins.add')}</Button>
              </Form>
            </Panel>
          ) : null}
        </>
      )}
      columns={() => (['list', 'supplier', 'collected', 'consent', 'evidence'] as const).map((name) => ({ key: name, title: say(`origins.${name}`), dataIndex: name }))}
    />
  );
}
