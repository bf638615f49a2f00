import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Popconfirm, Select, Table, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { Panel } from '../parts/page';
import { AskedButton, KnownOf, named } from '../parts/person';
import { type Act, Resource } from '../parts/resource';
import { Nothing, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';

type Row = Schemas['RequestRow'];
interface NewRequest { who: string; kind: Row['kind'] & Schemas['RequestBody']['kind'] }
interface OnePerson { who: string; reason?: string }

/** What people demand about their data, from the request to the answer: shown, put right, deleted, or kept in a lawsuit. */
export default function Persons() {
  const { say, language } = useTexts();
  const [done, setDone] = useState<Schemas['Erasure'] | null>(null);
  const [known, setKnown] = useState<Schemas['Known'] | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const required = [{ required: true, message: say('enter.required') }];
  // A digest is all that is kept of whose request it is: the number must be said anew, and the service compares them.
  const erase = (act: Act, request: number, who: string) =>
    act(async () => {
      setDone(null);
      setDone(await got(api.POST('/api/v1/persons/erase', { body: { ...named(who), request } })));
    });
  const see = (act: Act, who: string, request: number | null) =>
    act(async () => {
      setKnown(null);
      setKnown(await got(api.POST('/api/v1/persons/see', { body: { ...named(who), request } })));
    });
  const close = (act: Act, demand: number, outcome: string) => act(() => got(api.POST('/api/v1/persons/requests/{demand}/close', { params: { path: { demand } }, body: { outcome } })));
  const hold = (act: Act, { who, reason }: OnePerson, ends: boolean) =>
    act(async () => {
      setSaid(null);
      await got(ends ? api.POST('/api/v1/persons/release', { body: named(who) }) : api.POST('/api/v1/persons/hold', { body: { ...named(who), reason: reason ?? '' } }));
      setSaid(say(ends ? 'persons.released' : 'persons.held'));
    });
  return (
    <Resource<Row>
      name="persons"
      title={say('persons.title')}
      hint={say('persons.hint')}
      load={async () => (await got(api.GET('/api/v1/persons/requests'))).requests}
      rowKey="id"
      above={(act) => (
        <>
          <Panel title={say('persons.new')}>
            {done === null ? null : <Alert type="success" showIcon title={say('persons.done', { facts: String(done.facts), lines: String(done.lines) })} description={done.left.length === 0 ? say('persons.nothingLeft') : say('persons.left', { files: done.left.join(', ') })} />}
            <Form<NewRequest> layout="inline" className="inline-form" initialValues={{ kind: 'delete' }} requiredMark={false} onFinish={({ who, kind }) => act(() => got(api.POST('/api/v1/persons/requests', { body: { ...named(who), kind } })))}>
              <Form.Item name="who" label={say('persons.who')} rules={required}><Input autoComplete="off" /></Form.Item>
              <Form.Item name="kind" label={say('persons.kind')}>
                <Select style={{ minWidth: 120 }} options={(['see', 'correct', 'delete'] as const).map((value) => ({ value, label: say(`persons.${value}`) }))} />
              </Form.Item>
              <Button htmlType="submit" type="primary">{say('persons.write')}</Button>
            </Form>
          </Panel>
          <Holding act={act} hold={hold} see={see} said={said} />
          <Holds act={act} />
          {known === null ? null : <KnownOf known={known} onClose={() => setKnown(null)} />}
        </>
      )}
      columns={(act) => [
        { key: 'id', title: '#', render: (_, row) => row.id },
        { key: 'kind', title: say('persons.kind'), render: (_, row) => codeText(say, 'persons', row.kind) },
        { key: 'about', title: say('persons.about'), render: (_, row) => <code>{row.about.slice(0, 8)}</code> },
        { key: 'received', title: say('persons.received'), render: (_, row) => shownMoment(row.received_at, language) },
        { key: 'due', title: say('persons.due'), render: (_, row) => <>{shownMoment(row.due_at, language)} {row.overdue ? <Tag color="red">{say('persons.overdue')}</Tag> : null}</> },
        { key: 'status', title: say('persons.status'), className: 'what', render: (_, row) => (row.status === 'done' ? `${say('persons.closed')} ${row.done_at ? shownMoment(row.done_at, language) : ''} · ${row.outcome}` : say('persons.open')) },
        {
          key: 'answer',
          title: say('persons.answer'),
          render: (_, row) => {
            if (row.status === 'done') return '—';
            const of = String(row.id);
            const whose = say('persons.whose', { id: of });
            return (
              <span className="inline-form">
                {row.kind === 'delete' ? (
                  <AskedButton label={say('persons.delete')} of={of} title={say('persons.sure', { id: of })} field={whose} danger onGiven={(who) => erase(act, row.id, who)} />
                ) : (
                  <AskedButton label={say('persons.look')} of={of} title={say('persons.lookOf', { id: of })} field={whose} onGiven={(who) => see(act, who, row.id)} />
                )}{' '}
                <AskedButton label={say('persons.close')} of={of} title={say('persons.closeOf', { id: of })} field={say('persons.outcome', { id: of })} onGiven={(outcome) => close(act, row.id, outcome)} />
              </span>
            );
          },
        },
      ]}
    />
  );
}

interface Held { act: Act; hold: (act: Act, one: OnePerson, ends: boolean) => void; see: (act: Act, who: string, request: null) => void; said: string | null }

/** One person without a request: everything known of them, and whether it must be kept. */
function Holding({ act, hold, see, said }: Held) {
  const { say } = useTexts();
  const [one, setOne] = useState<OnePerson>({ who: '' });
  const nobody = one.who.trim() === '';
  return (
    <Panel title={say('persons.one')}>
      {said === null ? null : <Alert type="success" showIcon title={said} />}
      <div className="inline-form">
        <Input aria-label={say('persons.person')} placeholder={say('persons.person')} autoComplete="off" style={{ width: 220 }} value={one.who} onChange={(event) => setOne({ ...one, who: event.target.value })} />{' '}
        <Input aria-label={say('persons.reason')} placeholder={say('persons.reason')} autoComplete="off" style={{ width: 220 }} value={one.reason ?? ''} onChange={(event) => setOne({ ...one, reason: event.target.value })} />{' '}
        <Button disabled={nobody} onClick={() => see(act, one.who, null)}>{say('persons.look')}</Button>{' '}
        <Button disabled={nobody || !one.reason?.trim()} onClick={() => hold(act, one, false)}>{say('persons.hold')}</Button>{' '}
        <Button disabled={nobody} onClick={() => hold(act, one, true)}>{say('persons.release')}</Button>
      </div>
    </Panel>
  );
}

/** Whose data are kept during a lawsuit, why and since when; each may be ended. */
function Holds({ act }: { act: Act }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  // Named after the screen, so that what is done on it reads this list anew too.
  const asked = useQuery({ queryKey: ['persons', search.workspace, 'holds'], queryFn: async () => (await got(api.GET('/api/v1/persons/holds'))).holds });
  const end = (hold: number) => act(() => got(api.POST('/api/v1/persons/holds/{hold}/end', { params: { path: { hold } } })));
  return (
    <Panel title={say('persons.holds')}>
      <Wait asked={asked} height={60}>
        {(holds) =>
          holds.length === 0 ? (
            <Nothing title={say('persons.noHolds')}>{' '}</Nothing>
          ) : (
            <Table<Schemas['HoldRow']>
              size="small"
              rowKey="id"
              dataSource={holds}
              scroll={{ x: 'max-content' }}
              pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
              columns={[
                { key: 'id', title: '#', render: (_, row) => row.id },
                { key: 'about', title: say('persons.about'), render: (_, row) => <code>{row.about.slice(0, 8)}</code> },
                { key: 'reason', title: say('persons.reason'), className: 'what', render: (_, row) => row.reason },
                { key: 'since', title: say('persons.since'), render: (_, row) => shownMoment(row.since, language) },
                {
                  key: 'end',
                  title: '',
                  render: (_, row) => (
                    <Popconfirm title={say('persons.endHoldOf', { id: String(row.id) })} description={say('persons.endSure')} okText={say('persons.endHold')} onConfirm={() => end(row.id)}>
                      <Button size="small" aria-label={say('persons.endHoldOf', { id: String(row.id) })}>{say('persons.endHold')}</Button>
                    </Popconfirm>
                  ),
                },
              ]}
            />
          )
        }
      </Wait>
    </Panel>
  );
}
