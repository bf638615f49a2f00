import { Alert, Button, Form, Input, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Row = Schemas['RequestRow'];
type NewRequest = Schemas['RequestBody'];

/** What people demand about their data, from the request to the deletion. */
export default function Persons() {
  const { say, language } = useTexts();
  const [done, setDone] = useState<Schemas['Erasure'] | null>(null);
  const [form] = Form.useForm<NewRequest>();
  const required = [{ required: true, message: say('enter.required') }];
  const erase = (act: Act, request: number) => {
    const number = String(form.getFieldValue('number') ?? '');
    act(async () => setDone(await got(api.POST('/api/v1/persons/erase', { body: { number, request } }))));
  };
  return (
    <Resource<Row>
      name="persons"
      title={say('persons.title')}
      hint={say('persons.hint')}
      load={async () => (await got(api.GET('/api/v1/persons/requests'))).requests}
      rowKey="id"
      above={(act) => (
        <Panel title={say('persons.new')}>
          {done === null ? null : <Alert type="success" showIcon title={say('persons.done', { facts: String(done.facts), lines: String(done.lines) })} description={done.left.length === 0 ? say('persons.nothingLeft') : say('persons.left', { files: done.left.join(', ') })} />}
          <Form<NewRequest> form={form} layout="inline" className="inline-form" initialValues={{ kind: 'delete' }} requiredMark={false} onFinish={(body) => act(() => got(api.POST('/api/v1/persons/requests', { body })))}>
            <Form.Item name="number" label={say('consent.number')} rules={required}><Input autoComplete="off" /></Form.Item>
            <Form.Item name="kind" label={say('persons.kind')}>
              <Select style={{ minWidth: 120 }} options={(['see', 'correct', 'delete'] as const).map((value) => ({ value, label: say(`persons.${value}`) }))} />
            </Form.Item>
            <Button htmlType="submit" type="primary">{say('persons.write')}</Button>
          </Form>
        </Panel>
      )}
      columns={(act) => [
        { key: 'id', title: '#', render: (_, row) => row.id },
        { key: 'kind', title: say('persons.kind'), render: (_, row) => say(`persons.${row.kind}`) },
        { key: 'about', title: say('persons.about'), render: (_, row) => <code>{row.about.slice(0, 8)}</code> },
        { key: 'received', title: say('persons.received'), render: (_, row) => shownMoment(row.received_at, language) },
        { key: 'due', title: say('persons.due'), render: (_, row) => shownMoment(row.due_at, language) },
        {
          key: 'status',
          title: say('persons.status'),
          render: (_, row) =>
            row.status === 'done' ? (
              `${say('persons.closed')} ${row.done_at ? shownMoment(row.done_at, language) : ''}`
            ) : row.kind === 'delete' ? (
              <Popconfirm title={say('persons.sure')} onConfirm={() => erase(act, row.id)}>
                <Button size="small" danger aria-label={`${say('persons.delete')} ${row.id}`}>{say('persons.delete')}</Button>
              </Popconfirm>
            ) : (
              say('persons.open')
            ),
        },
      ]}
    />
  );
}
