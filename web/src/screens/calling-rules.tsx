import { Select, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Rule = Schemas['CallingRule'] & { key: string };
const COUNTRIES = ['CN', 'US', 'GB', 'DE', 'FR'];

/** Every calling rule: what it says in a country, from when to when, and where that comes from. */
export default function CallingRules() {
  const { say, language } = useTexts();
  const [country, setCountry] = useState('CN');
  const clause = (rule: Rule) => rule.clauses.find((one) => one.country === country);
  return (
    <Resource<Rule>
      name="calling-rules"
      title={say('rules.title')}
      hint={say('rules.hint')}
      load={async () => (await got(api.GET('/api/v1/calling-rules'))).rules.map((rule) => ({ ...rule, key: `${rule.id}.${rule.version}` }))}
      rowKey="key"
      above={() => <Select aria-label={say('rules.country')} value={country} onChange={setCountry} style={{ width: 120, marginBlockEnd: 12 }} options={COUNTRIES.map((value) => ({ value, label: value }))} />}
      columns={() => [
        { key: 'id', title: say('rules.rule'), render: (_, rule) => <>{rule.id} v{rule.version} {rule.holds_today ? <Tag color="blue">{say('rules.today')}</Tag> : null}</> },
        { key: 'text', title: say('rules.text'), className: 'what', render: (_, rule) => rule.text[language] },
        { key: 'values', title: say('rules.values'), className: 'what', render: (_, rule) => <code>{spelled(clause(rule)?.parameters ?? {})}</code> },
        { key: 'dates', title: say('rules.dates'), render: (_, rule) => `${rule.valid_from ?? '…'} – ${rule.valid_to ?? '…'}` },
        { key: 'note', title: say('rules.note'), className: 'what', render: (_, rule) => clause(rule)?.note || '—' },
        { key: 'verified', title: say('rules.verified'), render: (_, rule) => clause(rule)?.verified || '—' },
        { key: 'source', title: say('rules.source'), className: 'what', render: (_, rule) => rule.source },
      ]}
    />
  );
}

/** Parameters as the rule files have them. */
export function spelled(parameters: Readonly<Record<string, unknown>>): string {
  return Object.entries(parameters).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
}
