import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Table } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useRights } from '../app/session';
import { Page, Panel } from '../parts/page';
import { ProblemNote, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

interface Setting {
  name: string;
  value: string;
  text: Record<string, string>;
}

export default function Settings() {
  const { say } = useTexts();
  const asked = useQuery({ queryKey: ['settings'], queryFn: () => got(api.GET('/api/v1/settings')) });
  return (
    <Page title={say('settings.title')} hint={say('settings.hint')} controls="none">
      <Panel>
        <Wait asked={asked} height={500}>{(data) => <SettingForm settings={data.settings as Setting[]} />}</Wait>
      </Panel>
      <Retention />
    </Page>
  );
}

/** What the next daily round would delete, by the settings as they are saved. */
function Retention() {
  const { say } = useTexts();
  const asked = useQuery({ queryKey: ['retention'], queryFn: () => got(api.GET('/api/v1/retention')) });
  return (
    <Panel title={say('settings.retention')}>
      <p>{say('settings.retentionHint')}</p>
      <Wait asked={asked} height={200}>
        {(data) => (
          <>
            <Table<Schemas['Going']>
              size="small"
              rowKey="kind"
              pagination={false}
              dataSource={data.going}
              columns={[
                { key: 'kind', title: say('settings.goes'), render: (_, one) => say(`settings.goes.${one.kind}`) },
                { key: 'before', title: say('settings.before'), render: (_, one) => one.before ?? say('settings.forEver') },
                { key: 'count', title: say('settings.count'), render: (_, one) => (one.before === null ? '—' : one.count) },
              ]}
            />
            {data.proofs === 0 ? null : <p>{say('settings.proofs', { persons: String(data.proofs) })}</p>}
            {data.recordings_most_days === null || data.going.some((one) => one.kind === 'recordings' && one.before !== null) ? null : <p>{say('settings.recordingsMost', { days: String(data.recordings_most_days) })}</p>}
            {data.held === 0 ? null : <p>{say('settings.held', { held: String(data.held) })}</p>}
          </>
        )}
      </Wait>
    </Panel>
  );
}

function SettingForm({ settings }: { settings: Setting[] }) {
  const { say, language } = useTexts();
  const client = useQueryClient();
  const mayWrite = useRights().has('settings.write');
  const [told, setTold] = useState<Error | 'saved' | null>(null);
  const save = async (typed: Record<string, string>) => {
    const changed = Object.fromEntries(Object.entries(typed).filter(([name, value]) => value !== settings.find((one) => one.name === name)?.value));
    if (Object.keys(changed).length === 0) return;
    try {
      await got(api.PATCH('/api/v1/settings', { body: { settings: changed } }));
      setTold('saved');
      await client.invalidateQueries();
    } catch (problem) {
      setTold(problem as Error);
    }
  };
  return (
    <Form layout="vertical" initialValues={Object.fromEntries(settings.map((one) => [one.name, one.value]))} onFinish={(typed) => void save(typed as Record<string, string>)} disabled={!mayWrite}>
      {mayWrite ? null : <Alert type="info" showIcon title={say('settings.readonly')} />}
      {told instanceof Error ? <ProblemNote error={told} /> : null}
      {told === 'saved' ? <Alert type="success" showIcon title={say('settings.saved')} /> : null}
      <div className="cards">
        {settings.map((one) => (
          <Form.Item key={one.name} name={one.name} label={one.text[language] ?? one.name} extra={<code>{one.name}</code>}>
            <Input />
          </Form.Item>
        ))}
      </div>
      {mayWrite ? <Button type="primary" htmlType="submit">{say('settings.save')}</Button> : null}
    </Form>
  );
}
