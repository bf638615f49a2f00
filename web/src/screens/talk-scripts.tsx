import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Form, Input } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Script = Schemas['ScriptFull'];
interface Written { name: string; opening: string; questions?: string }

/** Scripts, each with every version it ever had. */
export default function TalkScripts() {
  const { say } = useTexts();
  const may = useRights().has('leads.write');
  const [form] = Form.useForm<Written>();
  const [open, setOpen] = useState<string | null>(null);
  const required = [{ required: true, message: say('enter.required') }];
  const body = (said: Written) => ({ name: said.name, version: 0, opening: said.opening, questions: (said.questions ?? '').split('\n').filter((line) => line.trim() !== '') });
  return (
    <>
      <Resource<Script>
        name="talk-scripts"
        title={say('talkScripts.title')}
        hint={say('talkScripts.hint')}
        load={async () => (await got(api.GET('/api/v1/leads/scripts'))).scripts}
        rowKey="name"
        above={(act) =>
          may ? (
            <Panel title={say('talkScripts.add')}>
              <Form<Written> form={form} layout="vertical" requiredMark={false} onFinish={(said) => act(() => got(api.PUT('/api/v1/leads/scripts', { body: body(said) })))}>
                <Form.Item name="name" label={say('talkScripts.name')} rules={required}><Input maxLength={200} /></Form.Item>
                <Form.Item name="opening" label={say('talkScripts.opening')} rules={required}><Input.TextArea rows={3} maxLength={4000} /></Form.Item>
                <Form.Item name="questions" label={say('talkScripts.questions')}><Input.TextArea rows={4} /></Form.Item>
                <Button htmlType="submit" type="primary">{say('talkScripts.add')}</Button>
              </Form>
            </Panel>
          ) : null
        }
        columns={() => [
          { key: 'name', title: say('talkScripts.name'), dataIndex: 'name' },
          { key: 'version', title: say('talkScripts.version'), dataIndex: 'version' },
          { key: 'opening', title: say('talkScripts.opening'), className: 'what', dataIndex: 'opening' },
          { key: 'versions', title: say('talkScripts.versions'), render: (_, row) => <Button size="small" aria-label={`${say('talkScripts.versions')} ${row.name}`} onClick={() => setOpen(row.name)}>{say('talkScripts.versions')}</Button> },
          { key: 'edit', title: say('talkScripts.edit'), render: (_, row) => (may ? <Button size="small" aria-label={`${say('talkScripts.edit')} ${row.name}`} onClick={() => form.setFieldsValue({ ...row, questions: (row.questions ?? []).join('\n') })}>{say('talkScripts.edit')}</Button> : null) },
        ]}
      />
      <Drawer open={open !== null} onClose={() => setOpen(null)} title={open ?? ''} size="large">{open === null ? null : <Versions name={open} />}</Drawer>
    </>
  );
}

function Versions({ name }: { name: string }) {
  const { say, language } = useTexts();
  const asked = useQuery({ queryKey: ['talk-scripts', 'versions', name], queryFn: () => got(api.GET('/api/v1/leads/scripts/versions', { params: { query: { name } } })) });
  return (
    <Wait asked={asked}>
      {(data) => data.versions.map((one) => (
        <article key={one.version}>
          <h3>{say('talkScripts.version')} {one.version}</h3>
          <p className="hint">{say('talkScripts.since', { when: shownMoment(one.at, language) })}</p>
          <p>{one.opening}</p>
          <ol>{(one.questions ?? []).map((question) => <li key={question}>{question}</li>)}</ol>
        </article>
      ))}
    </Wait>
  );
}
