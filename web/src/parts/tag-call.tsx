import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Select, Space } from 'antd';
import { useState } from 'react';
import { api, got } from '../api/client';
import { useAddress } from '../app/address';
import { useRights } from '../app/session';
import { ProblemNote } from './states';
import { useTexts } from '../texts/language';

const CLASSES = ['target', 'grey', 'junk'] as const;

/** Says what a call was worth: a person's word counts before what programs and seconds say. */
export function TagCall({ number }: { number: number }) {
  const { say } = useTexts();
  const client = useQueryClient();
  const [reason, setReason] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const tag = async (call_class: (typeof CLASSES)[number] | null, excluded?: string) => {
    setBusy(true);
    setError(null);
    try {
      await got(api.POST('/api/v1/calls/{number}/tag', { params: { path: { number } }, body: { call_class, ...(call_class === 'junk' && reason ? { junk_reason: reason } : {}), ...(excluded ? { excluded } : {}) } }));
      await client.invalidateQueries();
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      <Space wrap>
        {CLASSES.map((name) => <Button key={name} size="small" disabled={busy} onClick={() => void tag(name)}>{say(`word.${name}`)}</Button>)}
        <Button size="small" disabled={busy} onClick={() => void tag(null)}>{say('calls.untag')}</Button>
        <JunkReason value={reason} onChange={setReason} />
        <Exclude disabled={busy} onExclude={(why) => void tag(null, why)} />
      </Space>
    </>
  );
}

/** Why calls were junk, of the reasons the business knows. */
export function JunkReason({ value, onChange }: { value: string | undefined; onChange: (reason: string | undefined) => void }) {
  const { say, read } = useTexts();
  const { search } = useAddress();
  const knows = useRights().has('settings.read');
  const rules = useQuery({ queryKey: ['call-rules', search.workspace], enabled: knows, queryFn: () => got(api.GET('/api/v1/call-rules')) });
  if (!knows) return null;
  return <Select size="small" allowClear aria-label={say('field.junk_reason')} placeholder={say('field.junk_reason')} value={value} onChange={onChange} style={{ minWidth: 180 }} options={Object.entries(rules.data?.junk_reasons ?? {}).map(([key, text]) => ({ value: key, label: read(text as never) }))} />;
}

/** Puts calls aside, so that they count nowhere, with the reason for it. */
export function Exclude({ disabled, onExclude }: { disabled: boolean; onExclude: (why: string) => void }) {
  const { say } = useTexts();
  const [why, setWhy] = useState('');
  return (
    <Space.Compact size="small">
      <Input aria-label={say('calls.excludeWhy')} placeholder={say('calls.excludeWhy')} maxLength={200} value={why} onChange={(event) => setWhy(event.target.value)} style={{ width: 190 }} />
      <Button disabled={disabled || why.trim() === ''} onClick={() => { onExclude(why.trim()); setWhy(''); }}>{say('calls.exclude')}</Button>
    </Space.Compact>
  );
}
