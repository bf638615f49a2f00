import { Alert, Button, Form, Input, Select, Switch } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useTexts } from '../texts/language';
import { ProblemNote } from './states';

type Entry = Schemas['NewLead'];
export const ENTRY_ORIGINS: readonly Entry['origin'][] = ['fair', 'shop', 'call', 'referral', 'visit', 'other'];
// The next person of the same fair: what was said of the place stays.
const KEPT: readonly (keyof Entry)[] = ['origin', 'source', 'mine', 'industry', 'region', 'interest'];

/** A lead typed in; after it the place stays for the next person. */
export function NewLead({ phone, origin }: { phone?: string; origin: Entry['origin'] }) {
  const { say } = useTexts();
  const [form] = Form.useForm<Entry>();
  const [error, setError] = useState<Error | null>(null);
  const [kept, setKept] = useState<string | null>(null);
  const begin: Partial<Entry> = { origin, mine: true, ...(phone === undefined ? {} : { phone }) };
  const send = (body: Entry) => {
    const said = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== '' && value !== undefined)) as Entry;
    void got(api.POST('/api/v1/desk/leads', { body: said })).then(
      () => {
        setError(null);
        setKept(body.name || body.phone);
        form.resetFields();
        form.setFieldsValue(Object.fromEntries(KEPT.map((name) => [name, body[name]])));
      },
      (problem) => { setKept(null); setError(problem as Error); },
    );
  };
  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      {kept === null ? null : <Alert type="success" role="status" title={say('entry.kept', { who: kept })} />}
      <Form<Entry> form={form} layout="vertical" className="entry-form" initialValues={begin} requiredMark={false} onFinish={send}>
        <Form.Item name="origin" label={say('entry.origin')}><Select options={ENTRY_ORIGINS.map((value) => ({ value, label: say(`entry.origin.${value}`) }))} /></Form.Item>
        <Form.Item name="source" label={say('entry.source')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="phone" label={say('entry.phone')} rules={[{ required: true, message: say('enter.required') }]}><Input inputMode="tel" maxLength={40} /></Form.Item>
        <Form.Item name="name" label={say('entry.name')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="company" label={say('entry.company')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="industry" label={say('entry.industry')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="region" label={say('entry.region')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="interest" label={say('entry.interest')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="evidence" label={say('entry.evidence')} extra={say('entry.evidenceHint')}><Input maxLength={500} /></Form.Item>
        <Form.Item name="mine" label={say('entry.mine')} valuePropName="checked"><Switch /></Form.Item>
        <Button htmlType="submit" type="primary">{say('entry.add')}</Button>
      </Form>
    </>
  );
}
