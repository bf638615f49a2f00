import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, DatePicker, Form, Input, InputNumber, Progress, Rate, Select } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useNow } from '../app/clock';
import { shown, shownMoment } from '../app/format';
import { pickedInstant } from '../app/period';
import { codeText, useTexts } from '../texts/language';
import { CustomerLine } from './customer-line';
import { word } from './figure';
import { Panel } from './page';
import { ProblemNote, Wait } from './states';

type Care = Schemas['Care'];
type Meeting = Schemas['MeetingShown'];
const ITEMS = ['budget', 'authority', 'need', 'timing', 'fit'] as const;
// What the desk writes becomes a fact about a second later; only then the answer tells of it.
const TOLD_MS = 1_500;

/** What an agent notes of a lead besides a call's result. */
export function DeskCare({ lead }: { lead: number }) {
  const { say } = useTexts();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const [noted, setNoted] = useState(false);
  const asked = useQuery({ queryKey: ['care', lead], queryFn: () => got(api.GET('/api/v1/desk/leads/{lead}/care', { params: { path: { lead } } })) });
  const act = (step: () => Promise<unknown>) => {
    setNoted(false);
    void step().then(() => { setError(null); setNoted(true); }, setError).finally(() => {
      const anew = () => void client.invalidateQueries({ queryKey: ['care', lead] });
      anew();
      setTimeout(anew, TOLD_MS);
      void client.invalidateQueries({ queryKey: ['desk'] });
    });
  };
  return (
    <Panel title={say('care.title')}>
      {error === null ? null : <ProblemNote error={error} />}
      {noted ? <p role="status">{say('care.noted')}</p> : null}
      <Wait asked={asked}>{(care) => <Cared lead={lead} care={care} act={act} />}</Wait>
    </Panel>
  );
}

function Cared({ lead, care, act }: { lead: number; care: Care; act: (step: () => Promise<unknown>) => void }) {
  const { say, language } = useTexts();
  const path = { path: { lead } };
  const [at, setAt] = useState<Dayjs | null>(null);
  const { proposal } = care;
  return (
    <>
      <p data-proposal>
        {proposal.at === null ? say('care.proposalThrough') : say('care.proposal', { when: shownMoment(proposal.at, language), talk: String(proposal.talk) })}
        {proposal.cycle_days === null ? null : <span className="hint"> {say('care.proposalCycle', { days: String(Math.round(proposal.cycle_days)) })}</span>}
        <span className="hint"> {say('care.proposalWhy', { hour: String(proposal.hour), dialled: String(proposal.dialled), answered: String(proposal.answered) })}</span>
      </p>
      <Known care={care} />
      <h3>{say('care.quality')}</h3>
      <Progress percent={Math.round(care.completeness * 100)} format={(share) => say('care.complete', { share: String(share ?? 0) })} aria-label={say('care.quality')} />
      <Form<Schemas['QualityBody']> key={JSON.stringify(care.quality)} layout="inline" className="inline-form" initialValues={care.quality} onFinish={(body) => act(() => got(api.PUT('/api/v1/desk/leads/{lead}/quality', { params: path, body })))}>
        {ITEMS.map((item) => <Form.Item key={item} name={item} label={say(`care.${item}`)}><InputNumber min={0} max={100} style={{ width: 80 }} /></Form.Item>)}
        <Button htmlType="submit">{say('care.save')}</Button>
      </Form>
      {care.may_rate || care.rating !== null ? (
        <p>{say('care.rating')}{' '}<Rate aria-label={say('care.rating')} value={care.rating ?? 0} disabled={!care.may_rate} onChange={(rating) => rating && act(() => got(api.POST('/api/v1/desk/leads/{lead}/rating', { params: path, body: { rating } })))} /></p>
      ) : null}
      <h3>{say('care.meeting')}</h3>
      <div className="bar">
        <DatePicker showTime aria-label={say('care.meetingAt')} placeholder={say('care.meetingAt')} value={at} onChange={setAt} />
        <Button disabled={at === null} onClick={() => act(async () => { await got(api.POST('/api/v1/desk/leads/{lead}/meetings', { params: path, body: { starts_at: pickedInstant(at!) } })); setAt(null); })}>{say('care.book')}</Button>
      </div>
      <ul className="views">{care.meetings.map((one) => <MeetingLine key={one.id} one={one} at={at} act={act} />)}</ul>
      <h3>{say('care.complaint')}</h3>
      <Form<Schemas['ComplaintBody']> layout="vertical" requiredMark={false} onFinish={(body) => act(() => got(api.POST('/api/v1/desk/leads/{lead}/complaint', { params: path, body })))}>
        <Form.Item name="reason" label={say('care.complaintReason')} rules={[{ required: true, message: say('enter.required') }]}><Input maxLength={200} /></Form.Item>
        <Form.Item name="text" label={say('care.complaintText')}><Input.TextArea rows={2} maxLength={2000} /></Form.Item>
        {care.calls.length === 0 ? null : (
          <Form.Item name="call" label={say('care.complaintCall')}>
            <Select allowClear options={care.calls.map((call) => ({ value: call.key, label: `${call.at ? shownMoment(call.at, language) : ''} ${call.own_number ?? ''}` }))} />
          </Form.Item>
        )}
        <Button htmlType="submit">{say('care.complain')}</Button>
      </Form>
    </>
  );
}

/** What is known of the person: customer record, calls, deals. */
function Known({ care }: { care: Care }) {
  const { say, language } = useTexts();
  const money = (minor: number, currency: string) => {
    const digits = new Intl.NumberFormat(language, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    return shown(minor / 10 ** digits, 'money', currency, language);
  };
  if (care.calls.length + care.deals.length + care.customers.length === 0) return null;
  return (
    <section data-known>
      <h3>{say('care.known')}</h3>
      <ul className="views">
        {care.customers.map((one) => <CustomerLine key={one.key} customer={one} />)}
        {care.deals.map((one) => <li key={one.deal} data-deal={one.deal}><span>{shownMoment(one.at, language)} {codeText(say, 'care.deal', one.kind)} {one.stage ?? ''}</span><span>{one.amount_minor === null ? '' : money(one.amount_minor, one.currency)}</span></li>)}
        {care.calls.map((one) => <li key={one.key} data-call={one.key}><span>{one.at === null ? '' : shownMoment(one.at, language)} {codeText(say, 'care.call', one.direction)} {one.disposition === null ? word(say, one.result ?? 'unknown', 'result') : word(say, one.disposition, 'disposition')}{one.talk_seconds ? ` · ${shown(one.talk_seconds, 'seconds', '', language)}` : ''}</span><span className="hint">{one.agent ?? ''}</span></li>)}
      </ul>
    </section>
  );
}

/** One meeting; it is moved to the time that is chosen above. */
function MeetingLine({ one, at, act }: { one: Meeting; at: Dayjs | null; act: (step: () => Promise<unknown>) => void }) {
  const { say, language } = useTexts();
  const [reason, setReason] = useState('');
  const params = { path: { meeting: one.id } };
  const over = one.held_at !== null || one.cancelled_at !== null;
  return (
    <li data-meeting={one.id}>
      <span>
        {shownMoment(one.starts_at, language)} {one.moved > 0 ? say('care.moved', { times: String(one.moved) }) : ''} {one.held_at ? say('care.wasHeld') : one.cancelled_at ? `${say('care.wasCancelled')} ${one.reason ?? ''}` : ''}
      </span>
      {over ? null : (
        <span className="bar">
          <Button size="small" disabled={at === null} onClick={() => act(() => got(api.POST('/api/v1/desk/meetings/{meeting}/move', { params, body: { starts_at: pickedInstant(at!) } })))}>{say('care.move')}</Button>
          <Button size="small" onClick={() => act(() => got(api.POST('/api/v1/desk/meetings/{meeting}/held', { params })))}>{say('care.held')}</Button>
          <Input size="small" aria-label={say('care.cancelReason')} placeholder={say('care.cancelReason')} value={reason} onChange={(event) => setReason(event.target.value)} style={{ width: 120 }} />
          <Button size="small" disabled={reason.trim() === ''} onClick={() => act(() => got(api.POST('/api/v1/desk/meetings/{meeting}/cancel', { params, body: { reason } })))}>{say('care.cancel')}</Button>
        </span>
      )}
    </li>
  );
}

/** Seconds left to write a call up, or over (待提交). */
export function WrapClock({ due }: { due: string }) {
  const { say } = useTexts();
  const left = Math.round((Date.parse(due) - useNow()) / 1000);
  return <span className={left < 0 ? 'bad' : undefined} data-wrap={left < 0 ? 'over' : 'left'}>{say(left < 0 ? 'desk.wrapOver' : 'desk.wrapLeft', { seconds: String(Math.abs(left)) })}</span>;
}
