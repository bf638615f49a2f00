import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, DatePicker, Input, Select, Tag } from 'antd';
import type { Dayjs } from 'dayjs';
import { useEffect, useRef, useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { DeskCare, WrapClock } from '../parts/desk-care';
import { Steps } from '../parts/lead';
import { Page, Panel } from '../parts/page';
import { ProblemNote, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Desk = Schemas['DeskBody'];
type Called = Schemas['Called'];

/** The agent's desk: one lead at a time, by keyboard alone if one likes. */
export default function DeskScreen() {
  const { say } = useTexts();
  const { search } = useAddress();
  const asked = useQuery({ queryKey: ['desk', search.workspace], queryFn: () => got(api.GET('/api/v1/desk')), refetchInterval: 5_000 });
  return (
    <Page title={say('desk.title')} hint={say('desk.hint')} controls="none">
      <Wait asked={asked} height={400}>{(desk) => <AtDesk desk={desk} />}</Wait>
    </Page>
  );
}

function AtDesk({ desk }: { desk: Desk }) {
  const { say, read, language } = useTexts();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const [called, setCalled] = useState<Called | null>(null);
  const [pause, setPause] = useState('rest');
  const [again, setAgain] = useState<Dayjs | null>(null);
  const busy = useRef(false);
  const inCall = desk.in_call;
  const lead = desk.lead;

  /** One step at a time: a key held down must not call twice. */
  const act = async (step: () => Promise<unknown>) => {
    if (busy.current) return;
    busy.current = true;
    try {
      await step();
      setError(null);
    } catch (problem) {
      setError(problem as Error);
    } finally {
      await client.invalidateQueries({ queryKey: ['desk'] });
      busy.current = false;
    }
  };
  const call = () => act(async () => {
    if (lead === null || inCall) return;
    const answer = await got(api.POST('/api/v1/desk/leads/{lead}/call', { params: { path: { lead: lead.id } }, body: { script: desk.scripts[0]?.name ?? null } }));
    setCalled(answer);
  });
  const hangUp = () => act(async () => {
    if (desk.state === 'call') await got(api.POST('/api/v1/desk/hang-up'));
  });
  const submit = (result: string) => act(async () => {
    if (!inCall) return;
    await got(api.POST('/api/v1/desk/result', { body: { result, again_at: again?.toISOString() ?? null } }));
    setCalled(null);
    setAgain(null);
  });
  const be = (state: 'ready' | 'break' | 'offline') => act(() => got(api.POST('/api/v1/desk/presence', { body: { state, pause: state === 'break' ? pause : null } })));

  const keys = useRef<Record<string, () => unknown>>({});
  useEffect(() => {
    keys.current = { c: call, h: hangUp, r: () => be('ready'), b: () => be('break'), ...Object.fromEntries(desk.results.filter((one) => one.hotkey).map((one) => [one.hotkey, () => submit(one.code)])) };
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
        <Tag color={desk.state === 'unsubmitted' ? 'red' : undefined} data-state={desk.state}><span role="status">{say(`desk.state.${desk.state}`)}</span></Tag>
        {desk.result_due_at === null ? null : <WrapClock due={desk.result_due_at} />}
        <Button onClick={() => void be('ready')} disabled={inCall}>{say('desk.ready')} (R)</Button>
        <Select aria-label={say('desk.pause')} value={pause} onChange={setPause} options={Object.entries(desk.breaks).map(([value, text]) => ({ value, label: read(text) }))} style={{ minWidth: 100 }} />
        <Button onClick={() => void be('break')} disabled={inCall}>{say('desk.break')} (B)</Button>
        <Button onClick={() => void be('offline')} disabled={inCall}>{say('desk.offline')}</Button>
        <Pop />
      </div>
      <ul className="tiles" aria-label={say('desk.day')}>
        {Object.entries(desk.day).map(([key, value]) => (
          <li key={key} className="tile"><span className="tile-name">{say(`desk.day.${key}`)}</span><strong className="tile-value" data-day={key}>{value}</strong></li>
        ))}
      </ul>
      {called !== null && !called.allowed ? (
        <Alert type="warning" showIcon role="alert" title={say('desk.blocked')} description={<><ul>{called.reasons.map((reason) => <li key={reason.en}>{read(reason)}</li>)}</ul>{called.next_at ? say('desk.from', { when: shownMoment(called.next_at, language) }) : null}</>} />
      ) : null}
      {lead === null ? (
        <Panel title={say('desk.lead')}><p>{say('desk.none')}</p></Panel>
      ) : (
        <div className="halves">
          <Panel title={say('desk.lead')}>
            <h3 data-lead={lead.id}>{lead.name ?? lead.number ?? `#${lead.id}`} {lead.company}</h3>
            <p>{lead.number} · {say('leads.score')} {Math.round(lead.score * 100)} · {say('leads.parts')} {lead.intent} / {lead.urgency} / {lead.fit}</p>
            <ul>{lead.reasons.map((reason) => <li key={reason.en}>{read(reason)}</li>)}</ul>
            <p className="hint">{Object.values(lead.traits).join(' · ')}</p>
            {called?.call ? <p>{say('desk.dialling')}: <a href={called.call}>{called.call.replace('tel:', '')}</a></p> : null}
            <div className="bar">
              <Button type="primary" onClick={() => void call()} disabled={inCall}>{say('desk.call')} (C)</Button>
              <Button onClick={() => void hangUp()} disabled={desk.state !== 'call'}>{say('desk.hangUp')} (H)</Button>
            </div>
            {inCall ? (
              <div className="bar" role="group" aria-label={say('desk.result')}>
                {desk.results.map((one) => <Button key={one.code} onClick={() => void submit(one.code)}>{read(one.text)} {one.hotkey ? `(${one.hotkey})` : ''}</Button>)}
                <DatePicker showTime aria-label={say('desk.again')} placeholder={say('desk.again')} value={again} onChange={setAgain} />
              </div>
            ) : null}
          </Panel>
          <Panel title={say('desk.script')}>
            {desk.scripts.map((script) => (
              <article key={script.name}><h3>{script.name} · {script.version}</h3><p>{script.opening}</p><ol>{script.questions.map((question) => <li key={question}>{question}</li>)}</ol></article>
            ))}
          </Panel>
          <DeskCare key={lead.id} lead={lead.id} />
          <Panel title={say('desk.history')}><Steps steps={desk.history} /></Panel>
          <Panel title={say('desk.tasks')}>
            <ol>{desk.tasks.map((task) => <li key={task.id}>{shownMoment(task.due_at, language)} #{task.lead}</li>)}</ol>
          </Panel>
        </div>
      )}
    </>
  );
}

/** Whose number is calling: none, one or several. */
function Pop() {
  const { say } = useTexts();
  const [number, setNumber] = useState('');
  const [found, setFound] = useState<readonly Schemas['LeadCard'][] | null>(null);
  const find = () => void got(api.GET('/api/v1/desk/pop', { params: { query: { number } } })).then((answer) => setFound(answer.leads), () => setFound([]));
  return (
    <>
      <Input aria-label={say('desk.pop')} placeholder={say('desk.pop')} value={number} onChange={(event) => setNumber(event.target.value)} onPressEnter={find} style={{ width: 160 }} />
      <Button onClick={find} disabled={number.length < 3}>{say('desk.find')}</Button>
      {found === null ? null : <span role="status">{found.length === 0 ? say('desk.popNone') : found.map((one) => `${one.name ?? ''} ${one.number ?? ''} · ${say(`leads.state.${one.state}`)} · ${one.owner ?? '—'}`).join('；')}</span>}
    </>
  );
}
