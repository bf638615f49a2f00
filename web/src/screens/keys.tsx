import { Alert, Button, Form, Input, InputNumber, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Key = Schemas['KeyBody'];
type NewKey = Schemas['NewKey'];
const USUAL: NewKey['rights'] = ['intake.write', 'figures.read'];

export default function Keys() {
  const { say, read, language } = useTexts();
  const rights = [...useRights()].sort();
  const [names, setNames] = useState<Schemas['KeyList']['rights']>({});
  const nameOf = (right: string) => read(names[right]) || right;
  const [secret, setSecret] = useState<string | null>(null);
  const when = (moment: string | null | undefined) => (moment ? shownMoment(moment, language) : '—');
  const required = [{ required: true, message: say('enter.required') }];
  return (
    <Resource<Key>
      name="keys"
      title={say('keys.title')}
      hint={say('keys.hint')}
      load={async () => {
        const found = await got(api.GET('/api/v1/keys'));
        setNames(found.rights);
        return found.keys;
      }}
      rowKey="id"
      above={(act) => (
        <Panel title={say('keys.make')}>
          {secret === null ? null : <Alert type="success" showIcon title={say('keys.secret')} description={<code>{secret}</code>} />}
          <Form<NewKey> layout="inline" className="inline-form" initialValues={{ rights: USUAL, days: 365 }} requiredMark={false} onFinish={(body) => act(async () => setSecret((await got(api.POST('/api/v1/keys', { body }))).secret))}>
            <Form.Item name="name" label={say('field.name')} rules={required}><Input /></Form.Item>
            <Form.Item name="rights" label={say('keys.rights')} rules={required}>
              <Select mode="multiple" maxTagCount={2} style={{ minWidth: 240 }} options={rights.map((right) => ({ value: right, label: nameOf(right) }))} />
            </Form.Item>
            <Form.Item name="days" label={say('keys.days')}><InputNumber min={1} max={3660} /></Form.Item>
            <Button htmlType="submit" type="primary">{say('keys.make')}</Button>
          </Form>
        </Panel>
      )}
      columns={(act) => [
        { key: 'name', title: say('field.name'), render: (_, key) => <>{key.name} <code>{key.hint}</code></> },
        { key: 'rights', title: say('keys.rights'), className: 'what', render: (_, key) => key.rights.map(nameOf).join(' · ') },
        { key: 'ends', title: say('keys.ends'), render: (_, key) => when(key.ends_at) },
        { key: 'used', title: say('users.seen'), render: (_, key) => when(key.used_at) },
        {
          key: 'revoke',
          title: say('keys.revoke'),
          render: (_, key) =>
            key.revoked_at ? (
              when(key.revoked_at)
            ) : (
              <Popconfirm title={say('keys.revoking', { name: key.name })} onConfirm={() => act(() => got(api.DELETE('/api/v1/keys/{key}', { params: { path: { key: key.id } } })))}>
                <Button size="small" aria-label={`${say('keys.revoke')} ${key.name}`}>{say('keys.revoke')}</Button>
              </Popconfirm>
            ),
        },
      ]}
    />
  );
}
