import { Alert, Button, Form, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type List = Schemas['DncBody'];
interface Brought { name: string; numbers: string }

/** Do-not-call lists: numbers are pasted in, only digests of them are kept. */
export default function DoNotCall() {
  const { say, language } = useTexts();
  const mayChange = useRights().has('persons.erase');
  const [taken, setTaken] = useState<Schemas['DncTaken'] | null>(null);
  const required = [{ required: true, message: say('enter.required') }];
  const bring = async ({ name, numbers }: Brought) => {
    const given = numbers.split(/[\n,;]+/).map((one) => one.trim()).filter((one) => one.length > 2);
    setTaken(await got(api.PUT('/api/v1/do-not-call/{name}', { params: { path: { name } }, body: { numbers: given, source: '', replace: false } })));
  };
  return (
    <Resource<List>
      name="dnc"
      title={say('dnc.title')}
      hint={say('dnc.hint')}
      load={async () => (await got(api.GET('/api/v1/do-not-call'))).lists}
      rowKey="name"
      above={(act) =>
        mayChange ? (
          <Panel title={say('dnc.bring')}>
            {taken === null ? null : <Alert type={taken.refused.length ? 'warning' : 'success'} showIcon title={say('dnc.taken', { taken: String(taken.taken), refused: String(taken.refused.length) })} />}
            <Form<Brought> layout="vertical" requiredMark={false} onFinish={(body) => act(() => bring(body))}>
              <Form.Item name="name" label={say('field.name')} rules={required}><Input style={{ maxWidth: 320 }} /></Form.Item>
              <Form.Item name="numbers" label={say('dnc.numbers')} rules={required}><Input.TextArea rows={4} /></Form.Item>
              <Button htmlType="submit" type="primary">{say('dnc.bring')}</Button>
            </Form>
          </Panel>
        ) : null
      }
      columns={(act) => [
        { key: 'name', title: say('field.name'), render: (_, list) => list.name },
        { key: 'numbers', title: say('dnc.count'), render: (_, list) => list.numbers },
        { key: 'as_of', title: say('dnc.asOf'), render: (_, list) => shownMoment(list.as_of, language) },
        {
          key: 'remove',
          title: say('dnc.remove'),
          render: (_, list) =>
            mayChange ? (
              <Popconfirm title={say('dnc.sure', { name: list.name })} onConfirm={() => act(() => got(api.DELETE('/api/v1/do-not-call/{name}', { params: { path: { name: list.name } } })))}>
                <Button size="small" aria-label={`${say('dnc.remove')} ${list.name}`}>{say('dnc.remove')}</Button>
              </Popconfirm>
            ) : '—',
        },
      ]}
    />
  );
}
