import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Page, Panel } from '../parts/page';
import { Nothing, ProblemNote, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';

/** What may be the same, why numbers are one person, and merges that can be taken back. */
export default function Duplicates() {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const may = useRights().has('facts.write');
  const [error, setError] = useState<Error | null>(null);
  const [person, setPerson] = useState<Schemas['OnePerson'] | null>(null);
  const asked = useQuery({ queryKey: ['duplicates', search.workspace], queryFn: () => got(api.GET('/api/v1/contacts/duplicates')) });
  const required = [{ required: true, message: say('enter.required') }];
  const act = (step: () => Promise<unknown>) => void step().then(() => setError(null), setError).finally(() => void client.invalidateQueries({ queryKey: ['duplicates'] }));
  return (
    <Page title={say('duplicates.title')} hint={say('duplicates.hint')} controls="none">
      {error === null ? null : <ProblemNote error={error} />}
      <Panel title={say('duplicates.why')}>
        <Form<{ number: string }> layout="inline" className="inline-form" requiredMark={false} onFinish={({ number }) => act(async () => setPerson(await got(api.GET('/api/v1/contacts/person', { params: { query: { number } } }))))}>
          <Form.Item name="number" label={say('consent.number')} rules={required}><Input autoComplete="off" /></Form.Item>
          <Button htmlType="submit">{say('duplicates.ask')}</Button>
        </Form>
        {person === null ? null : (
          <div role="status">
            <p>{say('duplicates.knownBy')}: {person.known_by.join('、')}</p>
            {person.ties.length === 0 ? <p>{say('duplicates.noTie')}</p> : <ul>{person.ties.map((tie) => <li key={`${tie.source}${tie.key}`}>{say('duplicates.tie', { kind: tie.kind, source: tie.source, key: tie.key })}: {tie.names.join('、')}</li>)}</ul>}
          </div>
        )}
      </Panel>
      {may ? (
        <Panel title={say('duplicates.merge')}>
          <Form<Schemas['MergeBody']> layout="inline" className="inline-form" requiredMark={false} onFinish={(body) => act(() => got(api.POST('/api/v1/contacts/merges', { body })))}>
            {(['one', 'other', 'reason'] as const).map((name) => <Form.Item key={name} name={name} label={codeText(say, 'duplicates', name)} rules={required}><Input autoComplete="off" /></Form.Item>)}
            <Button htmlType="submit" type="primary">{say('duplicates.do')}</Button>
          </Form>
        </Panel>
      ) : null}
      <Wait asked={asked} height={200}>
        {(data) => (
          <div className="halves">
            <Panel title={say('duplicates.merges')}>
              {data.merges.length === 0 ? <Nothing title={say('none.records')}>{' '}</Nothing> : (
                <ul className="views">
                  {data.merges.map((one) => (
                    <li key={one.merge} data-merge={one.merge}>
                      <span>{shownMoment(one.at, language)} · {one.numbers.join(' + ')} · {one.reason} · {one.by ?? '—'}</span>
                      {one.undone ? <span>{say('duplicates.undone')}</span> : may ? (
                        <Popconfirm title={say('duplicates.undo')} onConfirm={() => act(() => got(api.DELETE('/api/v1/contacts/merges/{merge}', { params: { path: { merge: one.merge } } })))}>
                          <Button size="small" aria-label={`${say('duplicates.undo')} ${one.merge}`}>{say('duplicates.undo')}</Button>
                        </Popconfirm>
                      ) : null}
                    </li>
                  ))}
                </ul>
              )}
            </Panel>
            <Panel title={say('duplicates.possible')}>
              {data.possible.length === 0 ? <Nothing title={say('none.records')}>{' '}</Nothing> : (
                <ul className="views">{data.possible.map((one) => <li key={one.lead}><span>#{one.other} {one.names[1]} {one.numbers[1]} ↔ #{one.lead} {one.names[0]} {one.numbers[0]}</span><span>{codeText(say, 'duplicates', one.why)}</span></li>)}</ul>
              )}
            </Panel>
          </div>
        )}
      </Wait>
    </Page>
  );
}
