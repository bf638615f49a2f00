import { Alert, Button, DatePicker, Drawer, Input, Select, Switch } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useNow } from '../app/clock';
import { shownMoment } from '../app/format';
import { pickedInstant } from '../app/period';
import { codeText, useTexts } from '../texts/language';
import { CustomerLine } from './customer-line';
import { AtDesk } from './desk-links';
import { NewLead } from './new-lead';
import { ProblemNote } from './states';

type Desk = Schemas['DeskBody'];
interface Answer { of: string; found?: Schemas['Popped']; error?: Error }
type Act = (step: () => Promise<unknown>) => void;

/** Whose number is calling: none, one or several; a customer without a lead, or somebody quite new, becomes one. */
export function Pop({ agent }: { agent: string }) {
  const { say } = useTexts();
  const [number, setNumber] = useState('');
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [entering, setEntering] = useState(false);
  // An answer that comes after another number was typed is of no use any more.
  const { found = null, error = null } = answer?.of === number ? answer : {};
  const find = () => {
    setAnswer(null);
    void got(api.GET('/api/v1/desk/pop', { params: { query: { number } } })).then((found) => setAnswer({ of: number, found }), (problem) => setAnswer({ of: number, error: problem as Error }));
  };
  return (
    <>
      <Input aria-label={say('desk.pop')} placeholder={say('desk.pop')} value={number} onChange={(event) => setNumber(event.target.value)} onPressEnter={find} style={{ width: 160 }} />
      <Button onClick={find} disabled={number.length < 3}>{say('desk.find')}</Button>
      {error === null ? null : <div className="pop"><ProblemNote error={error} /></div>}
      {found === null ? null : (
        <div role="status" className="pop">
          {found.leads.length + found.customers.length === 0 ? say('desk.popNone') : null}
          <ul className="views">
            {found.leads.map((one) => (
              <li key={one.id}>
                {one.owner === agent && ['owned', 'handed'].includes(one.state) ? <AtDesk lead={one.id}>{one.name ?? one.number ?? `#${one.id}`}</AtDesk> : <span>{one.name ?? one.number ?? `#${one.id}`}</span>}
                <span className="hint">{codeText(say, 'leads.state', one.state)} · {one.owner ?? '—'}</span>
              </li>
            ))}
            {found.customers.map((one) => <CustomerLine key={one.key} customer={one} />)}
          </ul>
          {found.leads.length === 0 ? <Button onClick={() => setEntering(true)}>{say('desk.newLead')}</Button> : null}
        </div>
      )}
      <Drawer open={entering} onClose={() => setEntering(false)} title={say('desk.newLead')} size="large">
        {entering ? <NewLead phone={number} origin="call" /> : null}
      </Drawer>
    </>
  );
}

/** Why no lead is offered: what is held back by the rules with the reasons, and what is planned for later. */
export function Waiting({ waiting }: { waiting: Desk['waiting'] }) {
  const { say, read, language } = useTexts();
  return (
    <>
      <p>{say('desk.none')}</p>
      {waiting.held === 0 ? null : (
        <Alert
          type="warning"
          showIcon
          data-held={waiting.held}
          title={say('desk.held', { leads: String(waiting.held) })}
          description={<ul>{waiting.reasons.map((one) => <li key={one.code}>{say('desk.heldWhy', { leads: String(one.leads) })} {read(one.text)}</li>)}</ul>}
        />
      )}
      {waiting.planned === 0 ? null : <p>{say('desk.planned', { leads: String(waiting.planned) })}</p>}
      {waiting.next_at === null ? null : <p className="hint">{say('desk.from', { when: shownMoment(waiting.next_at, language) })}</p>}
    </>
  );
}

/** What is due by now, wherever one stands; each opens its lead. */
export function Due({ tasks }: { tasks: Desk['tasks'] }) {
  const { say } = useTexts();
  const now = useNow();
  const due = tasks.filter((task) => Date.parse(task.due_at) <= now);
  if (due.length === 0) return null;
  return <Alert type="info" showIcon role="status" data-due={due.length} title={say('desk.dueNow', { tasks: String(due.length) })} description={<ul>{due.slice(0, 5).map((task) => <li key={task.id}><Task task={task} /></li>)}</ul>} />;
}

/** The tasks of the next days, and a new one about the lead in hand. */
export function Tasks({ desk, act }: { desk: Desk; act: Act }) {
  const { say } = useTexts();
  const [text, setText] = useState('');
  const [at, setAt] = useState<Dayjs | null>(null);
  const { lead } = desk;
  return (
    <>
      <ol>
        {desk.tasks.map((task) => (
          <li key={task.id} data-task={task.id}>
            <Task task={task} />{' '}
            {task.kind === 'task' ? <Button size="small" aria-label={`${say('desk.taskDone')} ${task.why}`} onClick={() => act(() => got(api.POST('/api/v1/desk/tasks/{task}/done', { params: { path: { task: task.id } } })))}>{say('desk.taskDone')}</Button> : null}
          </li>
        ))}
      </ol>
      {lead === null ? null : (
        <div className="bar">
          <Input aria-label={say('desk.taskText')} placeholder={say('desk.taskText')} maxLength={200} value={text} onChange={(event) => setText(event.target.value)} style={{ width: 180 }} />
          <DatePicker showTime aria-label={say('desk.taskAt')} placeholder={say('desk.taskAt')} value={at} onChange={setAt} />
          <Button disabled={text.trim() === '' || at === null} onClick={() => act(async () => { await got(api.POST('/api/v1/desk/leads/{lead}/tasks', { params: { path: { lead: lead.id } }, body: { text, due_at: pickedInstant(at!) } })); setText(''); setAt(null); })}>{say('desk.taskAdd')}</Button>
        </div>
      )}
    </>
  );
}

function Task({ task }: { task: Desk['tasks'][number] }) {
  const { say, language } = useTexts();
  const what = task.kind === 'task' ? task.why : say(`desk.task.${task.kind === 'meeting' ? 'meeting' : task.why === 'agreed' ? 'agreed' : 'call'}`);
  return <AtDesk lead={task.lead}>{shownMoment(task.due_at, language)} · {what} · #{task.lead}</AtDesk>;
}

/** Hands the lead to somebody in sales, live or for later. */
export function HandOver({ desk, act, leave }: { desk: Desk; act: Act; leave: () => void }) {
  const { say } = useTexts();
  const [to, setTo] = useState<string | null>(null);
  const [live, setLive] = useState(false);
  const { lead } = desk;
  const others = desk.sales.filter((one) => one !== desk.agent);
  if (lead === null || lead.state !== 'owned' || others.length === 0) return null;
  return (
    <div className="bar" role="group" aria-label={say('desk.handOver')}>
      <Select showSearch aria-label={say('desk.handTo')} placeholder={say('desk.handTo')} value={to} onChange={setTo} options={others.map((value) => ({ value, label: value }))} style={{ minWidth: 120 }} />
      <label><Switch size="small" checked={live} onChange={setLive} aria-label={say('desk.live')} /> {say('desk.live')}</label>
      <Button disabled={to === null || desk.in_call} onClick={() => act(() => got(api.POST('/api/v1/desk/leads/{lead}/hand-over', { params: { path: { lead: lead.id } }, body: { to: to!, live } })).then(leave))}>{say('desk.handOver')}</Button>
    </div>
  );
}
