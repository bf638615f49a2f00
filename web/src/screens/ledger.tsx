import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, DatePicker, Form, Input, Select, Table, Tag } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { dayEnd } from '../app/period';
import { useRights } from '../app/session';
import { word } from '../parts/figure';
import { Page, Panel } from '../parts/page';
import { named } from '../parts/person';
import { scrolledByKeys } from '../parts/resource';
import { ProblemNote } from '../parts/states';
import { useTexts } from '../texts/language';

type Found = Schemas['LedgerBody'];
interface Word { purpose: string; given: 'yes' | 'no'; channel?: Schemas['WordBody']['channel']; evidence?: string; proof?: string; expires?: Dayjs | null }
/** Writes a word down; whether it was. */
type Write = (body: Omit<Schemas['WordBody'], 'number' | 'email'>) => Promise<boolean>;

/** What a person agreed to or took back, by what evidence; a word of theirs is written down here. */
export default function Ledger() {
  const { say } = useTexts();
  const mayWrite = useRights().has('consent.write');
  const client = useQueryClient();
  const [who, setWho] = useState('');
  // With whom it is about: an answer may come when somebody else has been asked about.
  const [answer, setAnswer] = useState<{ who: string; found: Found } | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const found = answer?.who === who ? answer.found : null;
  const look = async (about: string) => setAnswer({ who: about, found: await got(api.POST('/api/v1/consents/of', { body: named(about) })) });
  const act = (step: () => Promise<unknown>) => step().then(() => { setError(null); return true; }, (problem) => { setError(problem as Error); return false; });
  const write: Write = (body) =>
    act(async () => {
      await got(api.POST('/api/v1/consents', { body: { ...named(who), ...body } }));
      await look(who);
      void client.invalidateQueries({ queryKey: ['gate-log'] });
    });
  return (
    <Page title={say('ledger.title')} hint={say('ledger.hint')} controls="none">
      {error === null ? null : <ProblemNote error={error} />}
      <Panel title={say('ledger.whose')}>
        <Form<{ who: string }> layout="inline" className="inline-form" requiredMark={false} onFinish={(said) => { setWho(said.who); setAnswer(null); void act(() => look(said.who)); }}>
          <Form.Item name="who" label={say('persons.who')} rules={[{ required: true, message: say('enter.required') }]}><Input autoComplete="off" /></Form.Item>
          <Button htmlType="submit" type="primary">{say('ledger.look')}</Button>
        </Form>
      </Panel>
      {found === null ? null : (
        <>
          <Standing found={found} decide={mayWrite ? (given) => void write({ purpose: 'automated_decisions', given }) : null} />
          <Lines found={found} withdraw={mayWrite ? (line) => void write({ purpose: line.purpose, channel: line.channel as Word['channel'] ?? null, given: false }) : null} />
          {mayWrite ? <NewWord key={who} write={write} /> : null}
        </>
      )}
    </Page>
  );
}

/** What the gate heeds besides consents, and whether a machine may decide about the person. */
function Standing({ found, decide }: { found: Found; decide: ((given: boolean) => void) | null }) {
  const { say, language } = useTexts();
  const bars = [
    found.opted_out_at === null ? null : say('ledger.optedOut', { when: shownMoment(found.opted_out_at, language) }),
    found.refused_at === null ? null : say('ledger.refused', { when: shownMoment(found.refused_at, language) }),
    found.erased ? say('ledger.erased') : null,
    found.lists.length === 0 ? null : say('persons.lists', { lists: found.lists.join(', ') }),
  ].filter((one) => one !== null);
  return (
    <Panel title={found.person}>
      {found.known ? null : <Alert type="info" showIcon title={say('ledger.unknown')} />}
      {bars.length === 0 ? null : <Alert type="warning" showIcon title={bars.join(' · ')} />}
      <p data-machine>
        {say(found.by_machine ? 'ledger.byMachine' : 'ledger.byPeople')}{' '}
        {decide === null ? null : <Button size="small" onClick={() => decide(!found.by_machine)}>{say(found.by_machine ? 'ledger.refuseMachine' : 'ledger.allowMachine')}</Button>}
      </p>
    </Panel>
  );
}

type Line = Found['lines'][number];

function Lines({ found, withdraw }: { found: Found; withdraw: ((line: Line) => void) | null }) {
  const { say, language } = useTexts();
  const latest = new Set<string>();
  const rows = found.lines.map((line, place) => {
    const of = `${line.purpose} ${line.channel ?? ''}`;
    const row = { ...line, key: place, newest: !latest.has(of) };
    latest.add(of);
    return row;
  });
  return (
    <Panel title={say('ledger.lines')}>
      <div ref={scrolledByKeys}>
        <Table
          size="small"
          dataSource={rows}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: say('ledger.none') }}
          pagination={{ pageSize: 50, showSizeChanger: false, hideOnSinglePage: true }}
          columns={[
            { key: 'at', title: say('consent.when'), render: (_, line) => shownMoment(line.at, language) },
            { key: 'given', title: say('ledger.word'), render: (_, line) => <Tag color={line.given ? 'green' : 'red'}>{say(line.given ? 'ledger.given' : 'ledger.withdrawn')}</Tag> },
            { key: 'purpose', title: say('consent.purpose'), render: (_, line) => `${word(say, line.purpose, 'purpose')}${line.channel ? ` · ${word(say, line.channel, 'channel')}` : ''}` },
            { key: 'evidence', title: say('ledger.evidence'), className: 'what', render: (_, line) => [line.evidence, line.proof, line.text_version].filter(Boolean).join(' · ') || say(line.proven ? 'ledger.hidden' : 'ledger.unproven') },
            { key: 'expires', title: say('ledger.expires'), render: (_, line) => (line.expires_at ? shownMoment(line.expires_at, language) : '—') },
            { key: 'source', title: say('dnc.source'), render: (_, line) => line.source },
            {
              key: 'withdraw',
              title: say('ledger.withdraw'),
              render: (_, line) => (withdraw !== null && line.given && line.newest ? <Button size="small" aria-label={`${say('ledger.withdraw')} ${line.purpose} ${line.key}`} onClick={() => withdraw(line)}>{say('ledger.withdraw')}</Button> : '—'),
            },
          ]}
        />
      </div>
    </Panel>
  );
}

function NewWord({ write }: { write: Write }) {
  const { say } = useTexts();
  const [form] = Form.useForm<Word>();
  const required = [{ required: true, message: say('enter.required') }];
  return (
    <Panel title={say('ledger.new')}>
      <Form<Word>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ purpose: 'marketing', given: 'yes' }}
        onFinish={({ purpose, given, channel, evidence, proof, expires }) => {
          void write({ purpose: purpose.trim(), given: given === 'yes', channel: channel ?? null, evidence: evidence || null, proof: proof || null, expires_at: expires ? dayEnd(expires.format('YYYY-MM-DD')) : null }).then((written) => written && form.resetFields());
        }}
      >
        <div className="bar">
          <Form.Item name="purpose" label={say('ledger.purpose')} rules={required}><Input style={{ width: 160 }} /></Form.Item>
          <Form.Item name="given" label={say('ledger.word')}><Select style={{ width: 140 }} options={[{ value: 'yes', label: say('ledger.given') }, { value: 'no', label: say('ledger.withdrawn') }]} /></Form.Item>
          <Form.Item name="channel" label={say('ledger.channel')}><Select allowClear style={{ width: 120 }} options={(['call', 'sms', 'email', 'wechat'] as const).map((value) => ({ value, label: say(`ledger.${value}`) }))} /></Form.Item>
          <Form.Item name="evidence" label={say('ledger.evidence')}><Input autoComplete="off" style={{ width: 260 }} /></Form.Item>
          <Form.Item name="proof" label={say('ledger.proof')}><Input autoComplete="off" style={{ width: 220 }} /></Form.Item>
          <Form.Item name="expires" label={say('ledger.expires')}><DatePicker /></Form.Item>
        </div>
        <Button htmlType="submit" type="primary">{say('ledger.record')}</Button>
      </Form>
    </Panel>
  );
}
