import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Select, Space, Table } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown } from '../app/format';
import { useRights } from '../app/session';
import { word } from '../parts/figure';
import { Page, Panel } from '../parts/page';
import { ProblemNote, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Rules = Schemas['RulesBody'];
type Trial = Schemas['TrialBody'];
type Settings = Record<string, string>;
const COUNTED = ['inbound', 'target', 'grey', 'junk', 'missed', 'excluded', 'unique', 'unique_target', 'repeat'] as const;

/** What a call is worth: a preset or own rules, tried on all calls before they are saved. */
export default function CallRules() {
  const { say } = useTexts();
  const { search } = useAddress();
  const asked = useQuery({ queryKey: ['call-rules', search.workspace], queryFn: () => got(api.GET('/api/v1/call-rules')) });
  return (
    <Page title={say('callRules.title')} hint={say('callRules.hint')} controls="none">
      <Wait asked={asked} height={400}>{(rules) => <Chooser key={JSON.stringify(rules.settings)} rules={rules} />}</Wait>
    </Page>
  );
}

/** Rules that are one of a few words. */
const CHOICES: Record<string, readonly ('first_call' | 'last_call' | 'first_target' | 'inbound_calls' | 'target_calls' | 'unique_calls' | 'unique_target_calls')[]> = {
  cycle_start: ['first_call', 'last_call'],
  unique_target: ['first_target', 'first_call'],
  counted_calls: ['inbound_calls', 'target_calls', 'unique_calls', 'unique_target_calls'],
};

function Chooser({ rules }: { rules: Rules }) {
  const { say, read } = useTexts();
  const client = useQueryClient();
  const mayChange = useRights().has('settings.write');
  const [typed, setTyped] = useState<Settings>(rules.settings);
  const [trial, setTrial] = useState<Trial | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const preset = rules.presets.find((one) => Object.entries(one.settings).every(([name, value]) => typed[name] === value));
  // Only what differs is sent: others may have changed the rest meanwhile.
  const settings = Object.fromEntries(Object.entries(typed).filter(([name, value]) => rules.settings[name] !== value));
  const changed = Object.keys(settings).length > 0;
  const type = (next: Settings) => {
    setTyped(next);
    setTrial(null);
  };
  const step = async (act: () => Promise<Trial>, save: boolean) => {
    setBusy(true);
    setError(null);
    try {
      const found = await act();
      setTrial(save ? null : found);
      if (save) await client.invalidateQueries();
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Panel title={say('callRules.choose')}>
        <Form layout="vertical">
          <Form.Item label={say('callRules.preset')}>
            <Select
              aria-label={say('callRules.preset')}
              style={{ maxWidth: 420 }}
              value={preset?.key ?? 'own'}
              onChange={(key) => type({ ...typed, ...rules.presets.find((one) => one.key === key)?.settings })}
              options={[...rules.presets.map((one) => ({ value: one.key, label: read(one.text as never) })), ...(preset === undefined ? [{ value: 'own', label: say('callRules.own') }] : [])]}
            />
          </Form.Item>
          {preset === undefined ? null : <p className="hint">{read(preset.meaning as never)}</p>}
          <div className="halves">
            {Object.entries(rules.meanings).map(([name, meaning]) => (
              <Form.Item key={name} label={read(meaning as never)} htmlFor={`rule-${name}`}>
                {CHOICES[name] === undefined ? (
                  <Input id={`rule-${name}`} value={typed[name]} disabled={!mayChange} onChange={(event) => type({ ...typed, [name]: event.target.value })} style={{ maxWidth: 420 }} />
                ) : (
                  <Select id={`rule-${name}`} value={typed[name]} disabled={!mayChange} onChange={(value) => type({ ...typed, [name]: value })} style={{ maxWidth: 420 }} options={CHOICES[name].map((value) => ({ value, label: say(`callRules.is.${value}`) }))} />
                )}
              </Form.Item>
            ))}
          </div>
        </Form>
        <Space wrap>
          <Button loading={busy} disabled={!changed} onClick={() => void step(() => got(api.POST('/api/v1/call-rules/preview', { body: { settings } })), false)}>{say('callRules.try')}</Button>
          {mayChange ? <Button type="primary" loading={busy} disabled={!changed} onClick={() => void step(() => got(api.PUT('/api/v1/call-rules', { body: { settings } })), true)}>{say('callRules.save')}</Button> : null}
        </Space>
        {error === null ? null : <ProblemNote error={error} />}
      </Panel>
      {trial === null ? null : <Tried trial={trial} />}
    </>
  );
}

/** What would be counted otherwise, before and after. */
function Tried({ trial }: { trial: Trial }) {
  const { say, read, language } = useTexts();
  const count = (value: number) => shown(value, 'count', 'CNY', language);
  return (
    <Panel title={say('callRules.tried', { count: trial.changed })}>
      <Alert type={trial.changed ? 'warning' : 'success'} showIcon title={read(trial.text as never)} />
      <div className="halves">
        <Table
          size="small"
          rowKey="name"
          pagination={false}
          scroll={{ x: 'max-content' }}
          dataSource={COUNTED.map((name) => ({ name, before: trial.before[name], after: trial.after[name] }))}
          columns={[
            { key: 'name', title: say('callRules.calls'), render: (_, one) => say(`callRules.${one.name}`) },
            { key: 'before', title: say('callRules.before'), align: 'right', render: (_, one) => count(one.before) },
            { key: 'after', title: say('callRules.after'), align: 'right', render: (_, one) => (one.before === one.after ? count(one.after) : <strong>{count(one.after)}</strong>) },
          ]}
        />
        <Table
          size="small"
          rowKey={(one) => `${one.before}>${one.after}`}
          pagination={false}
          scroll={{ x: 'max-content' }}
          dataSource={trial.moved}
          columns={[
            { key: 'move', title: say('callRules.moved'), render: (_, one) => `${word(say, one.before, 'call_class')} → ${word(say, one.after, 'call_class')}` },
            { key: 'calls', title: say('callRules.calls'), align: 'right', render: (_, one) => count(one.calls) },
          ]}
        />
      </div>
    </Panel>
  );
}
