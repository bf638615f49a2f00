import { Button, Checkbox, Form, Input, Popconfirm, Tag } from 'antd';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Caller = Schemas['CallerRow'];

/** Numbers the business may call from, with the proof; the gate lets nobody call from another. */
export default function Callers() {
  const { say, language } = useTexts();
  const mayChange = useRights().has('rules.write');
  const [form] = Form.useForm<Schemas['CallerBody']>();
  const required = [{ required: true, message: say('enter.required') }];
  const put = (body: Schemas['CallerBody']) => got(api.PUT('/api/v1/callers', { body }));
  return (
    <Resource<Caller>
      name="callers"
      title={say('callers.title')}
      hint={say('callers.hint')}
      load={async () => (await got(api.GET('/api/v1/callers'))).callers}
      rowKey="number"
      above={(act) =>
        mayChange ? (
          <Panel title={say('callers.add')}>
            <Form<Schemas['CallerBody']> form={form} layout="inline" className="inline-form" initialValues={{ at_desk: false }} requiredMark={false} onFinish={(body) => act(async () => { await put(body); form.resetFields(); })}>
              <Form.Item name="number" label={say('consent.number')} rules={required}><Input autoComplete="off" /></Form.Item>
              <Form.Item name="evidence" label={say('callers.evidence')} rules={required}><Input autoComplete="off" style={{ width: 260 }} /></Form.Item>
              <Form.Item name="at_desk" valuePropName="checked"><Checkbox>{say('callers.atDesk')}</Checkbox></Form.Item>
              <Button htmlType="submit" type="primary">{say('callers.register')}</Button>
            </Form>
          </Panel>
        ) : null
      }
      columns={(act) => [
        { key: 'number', title: say('consent.number'), render: (_, one) => <>{one.number} {one.at_desk ? <Tag color="blue">{say('callers.desk')}</Tag> : null}</> },
        { key: 'evidence', title: say('callers.evidence'), className: 'what', render: (_, one) => one.evidence },
        { key: 'added', title: say('callers.added'), render: (_, one) => shownMoment(one.added_at, language) },
        {
          key: 'change',
          title: say('callers.change'),
          render: (_, one) =>
            mayChange ? (
              <span className="inline-form">
                <Button size="small" aria-label={`${say(one.at_desk ? 'callers.notDesk' : 'callers.useDesk')} ${one.number}`} onClick={() => act(() => put({ number: one.number, evidence: one.evidence, at_desk: !one.at_desk }))}>{say(one.at_desk ? 'callers.notDesk' : 'callers.useDesk')}</Button>{' '}
                <Popconfirm title={say('callers.sure', { number: one.number })} onConfirm={() => act(() => got(api.DELETE('/api/v1/callers/{registered}', { params: { path: { registered: one.number } } })))}>
                  <Button size="small" aria-label={`${say('dnc.remove')} ${one.number}`}>{say('dnc.remove')}</Button>
                </Popconfirm>
              </span>
            ) : '—',
        },
      ]}
    />
  );
}
