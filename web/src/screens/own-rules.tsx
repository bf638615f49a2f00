import { Button, DatePicker, Form, Input, Popconfirm, Select, Tag } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { TermField } from '../parts/term-fields';
import { useTexts } from '../texts/language';
import { spelled } from './calling-rules';

type Own = Schemas['OwnRuleRead'];
type Rule = Schemas['CallingRule'];
type Decision = Pick<Schemas['OwnRuleBody'], 'rule' | 'country' | 'reason' | 'legal_basis'> & { said: Record<string, unknown>; from?: Dayjs | null; to?: Dayjs | null };
const DAY = 'YYYY-MM-DD';

/** What the business decided about calling rules itself: stricter freely, looser on a stated legal basis alone. */
export default function OwnRules() {
  const { say } = useTexts();
  const may = useRights().has('rules.write');
  const [rules, setRules] = useState<readonly Rule[]>([]);
  return (
    <Resource<Own>
      name="own-rules"
      title={say('ownRules.title')}
      hint={say('ownRules.hint')}
      load={async () => {
        const [published, own] = await Promise.all([got(api.GET('/api/v1/calling-rules')), got(api.GET('/api/v1/calling-rules/own'))]);
        setRules(published.rules.filter((rule) => rule.holds_today));
        return [...own.rules].reverse();
      }}
      rowKey="id"
      above={(act) => (may && rules.length > 0 ? <Decide rules={rules} act={act} /> : null)}
      columns={(act) => [
        { key: 'rule', title: say('rules.rule'), render: (_, own) => `${own.rule} ${own.country}` },
        { key: 'values', title: say('rules.values'), className: 'what', render: (_, own) => <code>{spelled(own.parameters)}</code> },
        { key: 'reason', title: say('ownRules.reason'), className: 'what', dataIndex: 'reason' },
        { key: 'dates', title: say('rules.dates'), render: (_, own) => `${own.valid_from ?? '…'} – ${own.valid_to ?? '…'}` },
        { key: 'by', title: say('ownRules.by'), dataIndex: 'decided_by' },
        { key: 'loosens', title: say('ownRules.loosens'), render: (_, own) => (own.loosens.length === 0 ? '—' : own.loosens.map((name) => <Tag key={name} color="orange">{name}</Tag>)) },
        {
          key: 'end',
          title: say('ownRules.end'),
          render: (_, own) =>
            may && own.valid_to === null ? (
              <Popconfirm title={say('ownRules.endAsk')} onConfirm={() => act(() => got(api.DELETE('/api/v1/calling-rules/own/{override}', { params: { path: { override: own.id } } })))}>
                <Button size="small" aria-label={`${say('ownRules.end')} ${own.rule} ${own.country}`}>{say('ownRules.end')}</Button>
              </Popconfirm>
            ) : null,
        },
      ]}
    />
  );
}

/** A rule, a country, and of its parameters those that shall be others; only what was changed is sent. */
function Decide({ rules, act }: { rules: readonly Rule[]; act: Act }) {
  const { say, language } = useTexts();
  const [form] = Form.useForm<Decision>();
  const id = Form.useWatch('rule', form);
  const country = Form.useWatch('country', form);
  const rule = rules.find((one) => one.id === id);
  const clauses = rule?.clauses ?? [];
  const present = clauses.find((clause) => clause.country === country)?.parameters;
  const required = [{ required: true, message: say('enter.required') }];
  const send = ({ said, from, to, ...body }: Decision) =>
    act(async () => {
      const parameters = Object.fromEntries(Object.entries(said ?? {}).map(([name, value]) => [name, value ?? null] as const).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(present?.[name])));
      await got(api.POST('/api/v1/calling-rules/own', { body: { ...body, parameters, legal_basis: body.legal_basis ?? '', valid_from: from?.format(DAY) ?? null, valid_to: to?.format(DAY) ?? null } }));
      form.resetFields();
    });
  return (
    <Panel title={say('ownRules.add')}>
      <Form<Decision> form={form} layout="vertical" requiredMark={false} initialValues={{ country: 'CN' }} onFinish={send}>
        <Form.Item name="rule" label={say('rules.rule')} rules={required}>
          <Select showSearch optionFilterProp="label" onChange={() => form.resetFields(['said'])} options={rules.map((rule) => ({ value: rule.id, label: `${rule.id} ${rule.text[language]}` }))} />
        </Form.Item>
        <Form.Item name="country" label={say('rules.country')} rules={required}>
          <Select showSearch onChange={() => form.resetFields(['said'])} options={clauses.map((clause) => ({ value: clause.country, label: clause.country }))} />
        </Form.Item>
        {(present === undefined ? [] : (rule?.terms ?? [])).map((term) => (
          <Form.Item key={`${id} ${country} ${term.name}`} name={['said', term.name]} label={<code>{term.name}</code>} initialValue={present?.[term.name]} valuePropName={term.kind === 'yes_no' ? 'checked' : 'value'} rules={term.optional || term.kind !== 'number' ? [] : required}>
            <TermField term={term} />
          </Form.Item>
        ))}
        <Form.Item name="reason" label={say('ownRules.reason')} rules={required}><Input maxLength={500} /></Form.Item>
        <Form.Item name="legal_basis" label={say('ownRules.basis')} extra={say('ownRules.basisHint')}><Input maxLength={500} /></Form.Item>
        <Form.Item name="from" label={say('ownRules.from')}><DatePicker /></Form.Item>
        <Form.Item name="to" label={say('ownRules.to')}><DatePicker /></Form.Item>
        <Button htmlType="submit" type="primary">{say('ownRules.add')}</Button>
      </Form>
    </Panel>
  );
}
