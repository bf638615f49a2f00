import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Select, Space } from 'antd';
import { useState } from 'react';
import { api, got } from '../api/client';
import { useAddress } from '../app/address';
import { useRights } from '../app/session';
import { ProblemNote } from './states';
import { useTexts } from '../texts/language';

const CLASSES = ['target', 'grey', 'junk'] as const;

/** Says what a call was worth: a person's word counts before what programs and seconds say. */
export function TagCall({ number }: { number: number }) {
  const { say, read } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const [reason, setReason] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const knows = useRights().has('settings.read');
  const rules = useQuery({ queryKey: ['call-rules', search.workspace], enabled: knows, queryFn: () => got(api.GET('/api/v1/call-rules')) });
  const tag = async (call_class: (typeof CLASSES)[number] | null) => {
    setBusy(true);
    setError(null);
    try {
      await got(api.POST('/api/v1/calls/{number}/tag', { params: { path: { number } }, body: { call_class, ...(call_class === 'junk' && reason ? { junk_reason: reason } : {}) } }));
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
        {knows ? <Select size="small" allowClear aria-label={say('field.junk_reason')} placeholder={say('field.junk_reason')} value={reason} onChange={setReason} style={{ minWidth: 180 }} options={Object.entries(rules.data?.junk_reasons ?? {}).map(([value, text]) => ({ value, label: read(text as never) }))} /> : null}
      </Space>
    </>
  );
}
