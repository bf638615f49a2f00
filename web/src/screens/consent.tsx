import { Alert, Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { word } from '../parts/figure';
import { ListCount } from '../parts/list-count';
import { Panel } from '../parts/page';
import { named } from '../parts/person';
import { type Act, Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Line = Schemas['LogLineBody'];
type Answer = Schemas['AnswerBody'];
interface Asked { number: string; purpose: string }

/** Why may this contact not be called? Every rule that forbids it, in the reader's language, and the next time. */
export default function Consent() {
  const { say, read, language } = useTexts();
  const rights = useRights();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [out, setOut] = useState<string | null>(null);
  const required = [{ required: true, message: say('enter.required') }];
  const check = (act: Act) => (
    <Panel title={say('consent.check')}>
      <Form<Asked> name="ask" layout="inline" className="inline-form" initialValues={{ purpose: 'marketing' }} requiredMark={false} onFinish={(body) => act(async () => { setAnswer(null); setAnswer(await got(api.POST('/api/v1/gate/check', { body: { ...body, channel: body.number.includes('@') ? 'email' : 'call', voice: 'human', contract: false, business: false, bought_list: false } }))); })}>
        <Form.Item name="number" label={say('consent.number')} rules={required}><Input autoComplete="off" /></Form.Item>
        <Form.Item name="purpose" label={say('consent.purpose')}>
          <Select style={{ minWidth: 140 }} options={(['marketing', 'callback', 'service'] as const).map((value) => ({ value, label: say(`consent.${value}`) }))} />
        </Form.Item>
        <Button htmlType="submit" type="primary">{say('consent.ask')}</Button>
      </Form>
      {answer === null ? null : (
        <Alert
          type={answer.verdict === 'allow' ? 'success' : 'warning'}
          showIcon
          title={`${answer.number}: ${say(answer.verdict === 'allow' ? 'consent.allow' : 'consent.deny')}`}
          description={
            <>
              <ul>{answer.reasons.map((reason) => <li key={reason.code}>{reason.text[language]} · {reason.rule} v{reason.version} {reason.country}</li>)}</ul>
              {answer.cautions.map((text) => <p key={text.en}>{text[language]}</p>)}
              {answer.next_at ? <p>{say('consent.next', { when: shownMoment(answer.next_at, language) })}</p> : null}
            </>
          }
        />
      )}
    </Panel>
  );
  const optOut = (act: Act) => (
    <Panel title={say('consent.out')}>
      {out === null ? null : <Alert type="success" showIcon title={say('consent.outDone', { number: out })} />}
      <Form<{ number: string }> name="opt-out" layout="inline" className="inline-form" requiredMark={false} onFinish={({ number }) => act(async () => { setOut(null); await got(api.POST('/api/v1/opt-outs', { body: { ...named(number), via: 'call' } })); setOut(number.trim().slice(-4)); })}>
        <Form.Item name="number" label={say('persons.who')} rules={required}><Input autoComplete="off" /></Form.Item>
        <Button htmlType="submit">{say('consent.out')}</Button>
      </Form>
    </Panel>
  );
  return (
    <Resource<Line>
      name="gate-log"
      title={say('consent.title')}
      hint={say('consent.hint')}
      load={async () => (await got(api.GET('/api/v1/gate/log'))).lines}
      rowKey="number"
      above={(act) => <>{check(act)}<ListCount act={act} />{rights.has('consent.write') ? optOut(act) : null}</>}
      columns={() => [
        { key: 'number', title: '#', render: (_, line) => line.number },
        { key: 'at', title: say('consent.when'), render: (_, line) => shownMoment(new Date(Number(line.entry['at']) / 1000).toISOString(), language) },
        { key: 'verdict', title: say('consent.verdict'), render: (_, line) => say(line.entry['verdict'] === 'allow' ? 'consent.allow' : 'consent.deny') },
        { key: 'what', title: say('consent.purpose'), render: (_, line) => `${word(say, String(line.entry['purpose']), 'purpose')} · ${word(say, String(line.entry['channel']), 'channel')}` },
        { key: 'rules', title: say('consent.rules'), className: 'what', render: (_, line) => line.reasons.map(read).join('; ') || '—' },
      ]}
    />
  );
}
