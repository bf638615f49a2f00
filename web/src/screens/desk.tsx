import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Alert, Button, DatePicker, Input, Select, Tag } from 'antd';
import type { Dayjs } from 'dayjs';
import { useEffect, useRef, useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { pickedInstant } from '../app/period';
import { Due, HandOver, Pop, Tasks, Waiting } from '../parts/desk-beside';
import { DeskCare, WrapClock } from '../parts/desk-care';
import { word } from '../parts/figure';
import { useInTurn } from '../parts/in-turn';
import { Steps } from '../parts/lead';
import { Page, Panel } from '../parts/page';
import { ProblemNote, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';

type Desk = Schemas['DeskBody'];
type Called = Schemas['Called'];
/** What was typed about a lead and not sent yet. */
interface Draft { remark: string; again: Dayjs | null }
const NOTHING: Draft = { remark: '', again: null };

/** The agent's desk: one lead at a time, by keyboard alone if one likes. */
export default function DeskScreen() {
  const { say } = useTexts();
  const { search, set } = useAddress();
  const chosen = /^\d+$/.test(search.lead ?? '') ? Number(search.lead) : null;
  const asked = useQuery({ queryKey: ['desk', search.workspace, chosen], queryFn: () => got(api.GET('/api/v1/desk', { params: { query: chosen === null ? {} : { lead: chosen } } })), placeholderData: keepPreviousData, refetchInterval: 5_000, refetchIntervalInBackground: true });
  return (
    <Page title={say('desk.title')} hint={say('desk.hint')} controls="none">
      {chosen === null ? null : <Button onClick={() => set({ lead: null })}>{say('desk.nextBest')}</Button>}
      <Wait asked={asked} height={400}>{(desk) => <AtDesk desk={desk} leave={() => { if (chosen !== null) set({ lead: null }); }} />}</Wait>
    </Page>
  );
}

function AtDesk({ desk, leave }: { desk: Desk; leave: () => void }) {
  const { say, read, language } = useTexts();
  const { error, act } = useInTurn(['desk']);
  const [called, setCalled] = useState<{ lead: number; answer: Called } | null>(null);
  const [pause, setPause] = useState('rest');
  const [drafts, setDrafts] = useState<Record<number, Draft>>({});
  const [wanted, setWanted] = useState<string | null>(null);
  const inCall = desk.in_call;
  const lead = desk.lead;
  const script = desk.scripts.find((one) => one.name === wanted) ?? desk.scripts[0];
  const answer = called !== null && called.lead === lead?.id ? called.answer : null;
  const { remark, again } = (lead === null ? null : drafts[lead.id]) ?? NOTHING;
  const draft = (change: Partial<Draft>) => {
    if (lead !== null) setDrafts((all) => ({ ...all, [lead.id]: { ...(all[lead.id] ?? NOTHING), ...change } }));
  };

  // Steps wait for each other, so each looks at the desk as it is when its turn has come; a call or a result is for the
  // lead that was on the screen when the key was pressed, never for the one that came after it.
  const now = useRef(desk);
  useEffect(() => { now.current = desk; });
  const call = () => act(async () => {
    if (lead === null || now.current.in_call || now.current.lead?.id !== lead.id) return;
    const said = await got(api.POST('/api/v1/desk/leads/{lead}/call', { params: { path: { lead: lead.id } }, body: script === undefined ? {} : { script: script.name, version: script.version } }));
    setCalled({ lead: lead.id, answer: said });
  });
  const hangUp = () => act(async () => {
    if (now.current.state === 'call') await got(api.POST('/api/v1/desk/hang-up'));
  });
  const answered = () => act(async () => {
    if (now.current.state === 'call' && !now.current.answered) await got(api.POST('/api/v1/desk/answered'));
  });
  const submit = (result: string) => act(async () => {
    if (lead === null || !now.current.in_call || now.current.lead?.id !== lead.id) return;
    await got(api.POST('/api/v1/desk/result', { body: { result, again_at: again === null ? null : pickedInstant(again), remark } }));
    setCalled(null);
    draft(NOTHING);
    leave();
  });
  const be = (state: 'ready' | 'break' | 'offline') => act(() => got(api.POST('/api/v1/desk/presence', { body: { state, pause: state === 'break' ? pause : null } })));

  const keys = useRef<Record<string, () => unknown>>({});
  useEffect(() => {
    keys.current = { c: call, a: answered, h: hangUp, r: () => be('ready'), b: () => be('break'), ...Object.fromEntries(desk.results.filter((one) => one.hotkey).map((one) => [one.hotkey, () => submit(one.code)])) };
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable]') !== null;
      if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      keys.current[event.key.toLowerCase()]?.();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);

  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      <div className="bar" role="group" aria-label={say('leads.state')}>
        <Tag color={desk.state === 'unsubmitted' ? 'red' : undefined} data-state={desk.state}><span role="status">{codeText(say, 'desk.state', desk.state)}</span></Tag>
        {desk.result_due_at === null ? null : <WrapClock due={desk.result_due_at} />}
        <Button onClick={() => void be('ready')} disabled={inCall}>{say('desk.ready')} (R)</Button>
        <Select aria-label={say('desk.pause')} value={pause} onChange={setPause} options={Object.entries(desk.breaks).map(([value, text]) => ({ value, label: read(text) }))} style={{ minWidth: 100 }} />
        <Button onClick={() => void be('break')} disabled={inCall}>{say('desk.break')} (B)</Button>
        <Button onClick={() => void be('offline')} disabled={inCall}>{say('desk.offline')}</Button>
        <Pop agent={desk.agent} />
      </div>
      <Due tasks={desk.tasks} />
      <ul className="tiles" aria-label={say('desk.day')}>
        {Object.entries(desk.day).map(([key, value]) => (
          <li key={key} className="tile"><span className="tile-name">{codeText(say, 'desk.day', key)}</span><strong className="tile-value" data-day={key}>{value}</strong></li>
        ))}
      </ul>
      {called !== null && !called.answer.allowed ? (
        <Alert type="warning" showIcon role="alert" title={say('desk.blocked')} description={<><ul>{called.answer.reasons.map((reason) => <li key={reason.en}>{read(reason)}</li>)}</ul>{called.answer.next_at ? say('desk.from', { when: shownMoment(called.answer.next_at, language) }) : null}</>} />
      ) : null}
      {lead === null ? (
        <Panel title={say('desk.lead')}><Waiting waiting={desk.waiting} /></Panel>
      ) : (
        <div className="halves">
          <Panel title={say('desk.lead')}>
            <h3 data-lead={lead.id}>{lead.name ?? lead.number ?? `#${lead.id}`} {lead.company}</h3>
            <p>{lead.number} · {say('leads.score')} {Math.round(lead.score * 100)} · {say('leads.parts')} {lead.intent} / {lead.urgency} / {lead.fit}</p>
            <ul>{lead.reasons.map((reason) => <li key={reason.en}>{read(reason)}</li>)}</ul>
            <p className="hint">{Object.entries(lead.traits).map(([name, value]) => word(say, value, name)).join(' · ')}</p>
            <Heed texts={answer?.allowed ? answer.cautions : desk.cautions} denied={answer === null ? desk.denied : []} />
            {answer?.call ? <p>{say('desk.dialling')}: <a href={answer.call}>{answer.call.replace('tel:', '')}</a></p> : null}
            <div className="bar">
              <Button type="primary" onClick={() => void call()} disabled={inCall}>{say('desk.call')} (C)</Button>
              <Button onClick={() => void answered()} disabled={desk.state !== 'call' || desk.answered}>{say('desk.answered')} (A)</Button>
              <Button onClick={() => void hangUp()} disabled={desk.state !== 'call'}>{say('desk.hangUp')} (H)</Button>
            </div>
            {inCall ? (
              <div className="bar" role="group" aria-label={say('desk.result')}>
                {desk.results.map((one) => <Button key={one.code} onClick={() => void submit(one.code)}>{read(one.text)} {one.hotkey ? `(${one.hotkey})` : ''}</Button>)}
                <DatePicker showTime aria-label={say('desk.again')} placeholder={say('desk.again')} value={again} onChange={(at) => draft({ again: at })} />
                <Input.TextArea aria-label={say('desk.remark')} placeholder={say('desk.remark')} rows={2} maxLength={2000} value={remark} onChange={(event) => draft({ remark: event.target.value })} />
              </div>
            ) : (
              <div className="bar">
                <Input aria-label={say('desk.remark')} placeholder={say('desk.remark')} maxLength={2000} value={remark} onChange={(event) => draft({ remark: event.target.value })} style={{ width: 240 }} />
                <Button disabled={remark.trim() === ''} onClick={() => void act(async () => { await got(api.POST('/api/v1/desk/leads/{lead}/remarks', { params: { path: { lead: lead.id } }, body: { text: remark } })); draft({ remark: '' }); })}>{say('desk.remarkAdd')}</Button>
              </div>
            )}
            <HandOver key={lead.id} desk={desk} act={act} leave={leave} />
          </Panel>
          <Panel title={say('desk.script')}>
            {desk.scripts.length > 1 ? <Select showSearch aria-label={say('desk.scriptWanted')} value={script?.name} onChange={setWanted} disabled={inCall} options={desk.scripts.map((one) => ({ value: one.name, label: `${one.name} · ${one.version}` }))} style={{ minWidth: 200 }} /> : null}
            {script === undefined ? null : <article data-script={script.name}><h3>{script.name} · {script.version}</h3><p>{script.opening}</p><ol>{script.questions.map((question) => <li key={question}>{question}</li>)}</ol></article>}
          </Panel>
          <DeskCare key={lead.id} lead={lead.id} />
          <Panel title={say('desk.history')}><Steps steps={desk.history} /></Panel>
        </div>
      )}
      <Panel title={say('desk.tasks')}><Tasks key={lead?.id} desk={desk} act={act} /></Panel>
    </>
  );
}

/** What to heed when the lead is called now, or why it may not be. */
function Heed({ texts, denied }: { texts: Desk['cautions']; denied: Desk['cautions'] }) {
  const { say, read } = useTexts();
  const listed = (all: Desk['cautions']) => <ul>{all.map((text) => <li key={text.en}>{read(text)}</li>)}</ul>;
  return (
    <>
      {denied.length === 0 ? null : <Alert type="warning" showIcon data-denied={denied.length} title={say('desk.notNow')} description={listed(denied)} />}
      {texts.length === 0 ? null : <Alert type="info" showIcon data-cautions={texts.length} title={say('desk.heed')} description={listed(texts)} />}
    </>
  );
}
