import { Button, Form, Input, InputNumber, Select, Switch } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { codeText, useTexts } from '../texts/language';

type Result = Schemas['ResultFull'];

/** What may come of a call, with the flags that figures read. */
export default function Results() {
  const { say } = useTexts();
  const may = useRights().has('leads.write');
  const [form] = Form.useForm<Result>();
  const [flags, setFlags] = useState<readonly string[]>([]);
  const required = [{ required: true, message: say('enter.required') }];
  return (
    <Resource<Result>
      name="results"
      title={say('results.title')}
      hint={say('results.hint')}
      load={async () => {
        const found = await got(api.GET('/api/v1/leads/results'));
        setFlags(found.flags);
        return found.results;
      }}
      rowKey="code"
      above={(act) =>
        may ? (
          <Panel title={say('results.add')}>
            <Form<Result> form={form} layout="inline" className="inline-form" initialValues={{ flags: [], again_minutes: 0, hotkey: '', active: true }} requiredMark={false} onFinish={(body) => act(() => got(api.PUT('/api/v1/leads/results', { body })))}>
              <Form.Item name="code" label={say('results.code')} rules={required}><Input maxLength={100} /></Form.Item>
              <Form.Item name="zh" label={say('results.zh')} rules={required}><Input maxLength={100} /></Form.Item>
              <Form.Item name="en" label={say('results.en')} rules={required}><Input maxLength={100} /></Form.Item>
              <Form.Item name="flags" label={say('results.flags')}><Select mode="multiple" style={{ minWidth: 200 }} options={flags.map((value) => ({ value, label: codeText(say, 'results.flag', value) }))} /></Form.Item>
              <Form.Item name="hotkey" label={say('results.key')}><Input maxLength={1} style={{ width: 60 }} /></Form.Item>
              <Form.Item name="again_minutes" label={say('results.again')}><InputNumber min={0} max={100000} /></Form.Item>
              <Form.Item name="active" label={say('results.active')} valuePropName="checked"><Switch /></Form.Item>
              <Button htmlType="submit" type="primary">{say('results.add')}</Button>
            </Form>
          </Panel>
        ) : null
      }
      columns={() => [
        { key: 'zh', title: say('results.zh'), dataIndex: 'zh' },
        { key: 'en', title: say('results.en'), dataIndex: 'en' },
        { key: 'code', title: say('results.code'), render: (_, row) => <code>{row.code}</code> },
        { key: 'flags', title: say('results.flags'), className: 'what', render: (_, row) => (row.flags ?? []).map((flag) => codeText(say, 'results.flag', flag)).join('、') },
        { key: 'key', title: say('results.key'), dataIndex: 'hotkey' },
        { key: 'active', title: say('results.active'), render: (_, row) => (row.active ? '✓' : '—') },
        { key: 'edit', title: say('results.edit'), render: (_, row) => (may ? <Button size="small" aria-label={`${say('results.edit')} ${row.code}`} onClick={() => form.setFieldsValue(row)}>{say('results.edit')}</Button> : null) },
      ]}
    />
  );
}
