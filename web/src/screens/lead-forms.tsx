import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Select, Typography } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Row = Schemas['FormRow'];
type Body = Schemas['FormBody'];
const FIELDS = ['name', 'email', 'company', 'industry', 'region', 'interest'] as const;
const CALLS = ['all', 'missed', 'none'] as const;

/** Forms on pages with their words of consent, and whose calls become leads. */
export default function LeadForms() {
  const { say } = useTexts();
  const { search } = useAddress();
  const rights = useRights();
  const may = rights.has('leads.write');
  const [form] = Form.useForm<Body>();
  const [kept, setKept] = useState<Row | null>(null);
  const sites = useQuery({ queryKey: ['sites', search.workspace, 'names'], enabled: rights.has('settings.read'), queryFn: () => got(api.GET('/api/v1/tracking')) });
  const required = [{ required: true, message: say('enter.required') }];
  const said = (value: unknown) => typeof value === 'string' && value.trim() !== '';
  // Of one language or of both: only without any words is there nothing to agree to.
  const eitherWords = { validator: () => said(form.getFieldValue('consent_zh')) || said(form.getFieldValue('consent_en')) ? Promise.resolve() : Promise.reject(new Error(say('leadForms.eitherConsent'))) };
  const keep = async (told: Body) => {
    const { version: _, script: __, plain: ___, ...before } = kept ?? ({} as Partial<Row>);
    await got(api.PUT('/api/v1/leads/forms', { body: { ...before, ...told, consent_zh: told.consent_zh?.trim() ?? '', consent_en: told.consent_en?.trim() ?? '' } }));
    setKept(null);
    form.resetFields();
  };
  return (
    <Resource<Row>
      name="lead-forms"
      title={say('leadForms.title')}
      hint={say('leadForms.hint')}
      load={async () => (await got(api.GET('/api/v1/leads/forms'))).forms}
      rowKey="key"
      above={(act) =>
        may ? (
          <>
            <Calls act={act} />
            <Panel title={say('leadForms.add')}>
              {sites.data?.sites.length === 0 ? <p>{say('leadForms.noSite')}</p> : null}
              <Form<Body> form={form} layout="vertical" initialValues={{ key: '', fields: ['name', 'interest'] }} requiredMark={false} onFinish={(body) => act(() => keep(body))}>
                <Form.Item name="key" hidden><Input /></Form.Item>
                <Form.Item name="name" label={say('leadForms.name')} rules={required}><Input maxLength={200} /></Form.Item>
                <Form.Item name="site" label={say('leadForms.site')} rules={required}><Select options={(sites.data?.sites ?? []).map((one) => ({ value: one.id, label: one.name }))} /></Form.Item>
                <Form.Item name="fields" label={say('leadForms.fields')}><Select mode="multiple" options={FIELDS.map((value) => ({ value, label: say(`leadForms.field.${value}`) }))} /></Form.Item>
                <Form.Item name="consent_zh" label={say('leadForms.consentZh')} extra={say('leadForms.eitherConsent')} dependencies={['consent_en']} rules={[eitherWords]}><Input.TextArea rows={2} maxLength={2000} /></Form.Item>
                <Form.Item name="consent_en" label={say('leadForms.consentEn')} dependencies={['consent_zh']} rules={[eitherWords]}><Input.TextArea rows={2} maxLength={2000} /></Form.Item>
                <Button htmlType="submit" type="primary">{say('leadForms.add')}</Button>
              </Form>
            </Panel>
          </>
        ) : null
      }
      columns={() => [
        { key: 'name', title: say('leadForms.name'), dataIndex: 'name' },
        { key: 'version', title: say('leadForms.version'), dataIndex: 'version' },
        { key: 'fields', title: say('leadForms.fields'), render: (_, row) => (row.fields ?? []).map((field) => say(`leadForms.field.${field}`)).join('、') },
        { key: 'put', title: say('leadForms.put'), render: (_, row) => <><Typography.Text copyable={{ text: row.script }}>{say('leadForms.script')}</Typography.Text> <Typography.Text copyable={{ text: row.plain }}>{say('leadForms.plain')}</Typography.Text></> },
        { key: 'edit', title: say('leadForms.edit'), render: (_, row) => (may ? <Button size="small" aria-label={`${say('leadForms.edit')} ${row.name}`} onClick={() => { setKept(row); form.setFieldsValue(row); }}>{say('leadForms.edit')}</Button> : null) },
      ]}
    />
  );
}

function Calls({ act }: { act: Act }) {
  const { say } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const asked = useQuery({ queryKey: ['lead-settings', search.workspace], queryFn: () => got(api.GET('/api/v1/leads/settings')) });
  const kept = asked.data;
  if (kept === undefined) return null;
  const keep = (value: (typeof CALLS)[number]) => act(async () => {
    await got(api.PUT('/api/v1/leads/settings', { body: { ...kept, leads_from_calls: value } }));
    await client.invalidateQueries({ queryKey: ['lead-settings'] });
  });
  return (
    <Panel title={say('leadForms.calls')}>
      <Select aria-label={say('leadForms.calls')} value={kept.leads_from_calls} onChange={keep} style={{ minWidth: 160 }} options={CALLS.map((value) => ({ value, label: say(`leadForms.calls.${value}`) }))} />
    </Panel>
  );
}
