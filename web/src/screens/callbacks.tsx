import { Alert, Button, Space, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shown, shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { type Act, Resource } from '../parts/resource';
import { codeText, useTexts } from '../texts/language';

type Row = Schemas['CallbackBody'];
type Called = Schemas['CallbackCalled'];
const OUTCOMES = ['reached', 'customer', 'staff', 'withdrawn'] as const;
const COLOURS: Record<string, string> = { due: 'red', dialled: 'blue', reached: 'green', missed: 'orange', blocked: 'default' };

/** Who asked on a page to be called back: called from here through the gate, with what came of it. */
export default function Callbacks() {
  const { say, read, language } = useTexts();
  const mayCall = useRights().has('desk.work');
  const [called, setCalled] = useState<{ id: number; answer: Called } | null>(null);
  const when = (moment: string | null) => (moment === null ? '—' : shownMoment(moment, language));
  const call = (act: Act, one: Row) => act(async () => setCalled({ id: one.id, answer: await got(api.POST('/api/v1/callbacks/{callback}/call', { params: { path: { callback: one.id } } })) }));
  const end = (act: Act, one: Row, outcome: (typeof OUTCOMES)[number]) => act(async () => {
    await got(api.POST('/api/v1/callbacks/{callback}/outcome', { params: { path: { callback: one.id } }, body: { outcome } }));
    setCalled(null);
  });
  const late = (one: Row) => (Date.now() - Date.parse(one.due_at)) / 1000;
  const may = (one: Row) => ['due', 'scheduled', 'requested', 'missed'].includes(one.state);
  return (
    <Resource<Row>
      name="callbacks"
      title={say('callbacks.title')}
      hint={say('callbacks.hint')}
      every={15_000}
      load={async () => (await got(api.GET('/api/v1/callbacks'))).callbacks}
      rowKey="id"
      above={() => (called === null ? null : <Told called={called.answer} />)}
      columns={(act) => [
        {
          key: 'state',
          title: say('callbacks.state'),
          render: (_, one) => (
            <>
              <Tag color={COLOURS[one.state] ?? 'default'}>{codeText(say, 'callbacks.state', one.state)}</Tag>
              {one.state === 'missed' && one.failed ? <span>{codeText(say, 'callbacks.failed', one.failed)}</span> : null}
              {one.blocked ? <span>{say('callbacks.blocked', { code: one.blocked })}</span> : null}
            </>
          ),
        },
        { key: 'number', title: say('callbacks.number'), render: (_, one) => one.number },
        {
          key: 'due',
          title: say('callbacks.due'),
          render: (_, one) => (
            <>
              {when(one.due_at)} {one.state === 'due' && late(one) > 60 ? <strong className="bad">{say('callbacks.late', { time: shown(late(one), 'seconds', '', language) })}</strong> : null}
            </>
          ),
        },
        { key: 'requested', title: say('callbacks.requested'), render: (_, one) => <>{when(one.requested_at)} {one.in_hours ? null : <Tag>{say('callbacks.out')}</Tag>}</> },
        { key: 'site', title: say('callbacks.site'), render: (_, one) => one.site },
        { key: 'from', title: say('field.source'), className: 'what', render: (_, one) => Object.values(one.source).join(' / ') || '—' },
        { key: 'tries', title: say('callbacks.tries'), align: 'right', render: (_, one) => one.attempts },
        { key: 'agent', title: say('callbacks.agent'), render: (_, one) => one.agent ?? '—' },
        {
          key: 'do',
          title: say('callbacks.do'),
          render: (_, one) => (
            <Space wrap size="small">
              {mayCall && may(one) ? <Button size="small" type={one.state === 'due' ? 'primary' : 'default'} onClick={() => call(act, one)} aria-label={`${say('callbacks.call')} ${one.number}`}>{say('callbacks.call')}</Button> : null}
              {mayCall && one.state === 'dialled' ? OUTCOMES.map((outcome) => <Button size="small" key={outcome} onClick={() => end(act, one, outcome)}>{say(`callbacks.done.${outcome}`)}</Button>) : null}
              {mayCall && may(one) ? <Button size="small" type="link" onClick={() => end(act, one, 'withdrawn')}>{say('callbacks.done.withdrawn')}</Button> : null}
            </Space>
          ),
        },
      ]}
    />
  );

  function Told({ called: answer }: { called: Called }) {
    if (answer.call) return <Alert type="info" showIcon title={<>{say('callbacks.dial')}: <a href={answer.call}>{answer.call.replace('tel:', '')}</a></>} />;
    return (
      <Alert
        type="warning"
        showIcon
        title={say('callbacks.forbidden')}
        description={<>{answer.reasons.map((one) => <p key={one.en}>{read(one)}</p>)}{answer.next_at ? <p>{say('callbacks.again', { when: when(answer.next_at) })}</p> : null}</>}
      />
    );
  }
}
