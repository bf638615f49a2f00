import { Alert, Button, DatePicker, Form, Input, Popconfirm, Select, Tag } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { dayEnd, dayStart } from '../app/period';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type List = Schemas['DncBody'];
interface Brought { name: string; source: string; asOf: Dayjs; endsAt?: Dayjs | null; replace: 'add' | 'replace'; numbers?: string }

const HAS_DIGITS = /\d{3}/;

/** Do-not-call lists: numbers are pasted in or read from a file, only digests of them are kept. */
export default function DoNotCall() {
  const { say, language } = useTexts();
  const mayChange = useRights().has('persons.erase');
  const [form] = Form.useForm<Brought>();
  const [file, setFile] = useState<{ name: string; numbers: string[] } | null>(null);
  const [taken, setTaken] = useState<Schemas['DncTaken'] | null>(null);
  const required = [{ required: true, message: say('enter.required') }];
  const bring = async ({ name, source, asOf, endsAt, replace, numbers }: Brought) => {
    const body = {
      numbers: [...pasted(numbers ?? ''), ...(file?.numbers ?? [])],
      source,
      // The day alone is known: its beginning, so that a list never looks younger than it is.
      as_of: dayStart(asOf.format('YYYY-MM-DD')),
      ends_at: endsAt ? dayEnd(endsAt.format('YYYY-MM-DD')) : null,
      replace: replace === 'replace',
    };
    setTaken(await got(api.PUT('/api/v1/do-not-call/{name}', { params: { path: { name: name.trim() } }, body })));
    setFile(null);
    form.resetFields();
  };
  const read = async (chosen: File | undefined) => setFile(chosen === undefined ? null : { name: chosen.name, numbers: firstCells(await chosen.text()) });
  return (
    <Resource<List>
      name="dnc"
      title={say('dnc.title')}
      hint={say('dnc.hint')}
      load={async () => (await got(api.GET('/api/v1/do-not-call'))).lists}
      rowKey="name"
      above={(act) =>
        mayChange ? (
          <Panel title={say('dnc.bring')}>
            {taken === null ? null : <Alert type={taken.refused.length ? 'warning' : 'success'} showIcon title={say('dnc.taken', { taken: String(taken.taken), refused: String(taken.refused.length) })} />}
            <Form<Brought> form={form} layout="vertical" requiredMark={false} initialValues={{ replace: 'add' }} onFinish={(body) => act(() => bring(body))}>
              <div className="bar">
                <Form.Item name="name" label={say('field.name')} rules={required}><Input style={{ width: 200 }} /></Form.Item>
                <Form.Item name="source" label={say('dnc.source')} rules={required}><Input style={{ width: 220 }} /></Form.Item>
                <Form.Item name="asOf" label={say('dnc.dated')} rules={required}><DatePicker /></Form.Item>
                <Form.Item name="endsAt" label={say('dnc.ends')}><DatePicker /></Form.Item>
                <Form.Item name="replace" label={say('dnc.how')}>
                  <Select style={{ width: 200 }} options={(['add', 'replace'] as const).map((value) => ({ value, label: say(`dnc.${value}`) }))} />
                </Form.Item>
              </div>
              <Form.Item name="numbers" label={say('dnc.numbers')} rules={file === null ? required : []}><Input.TextArea rows={4} /></Form.Item>
              <p>
                <label>{say('dnc.file')} <input type="file" accept=".csv,.txt,text/plain,text/csv" key={file === null ? 'none' : 'read'} onChange={(event) => void read(event.target.files?.[0])} /></label>
                {file === null ? null : <Tag closable onClose={() => setFile(null)}>{say('dnc.read', { file: file.name, count: String(file.numbers.length) })}</Tag>}
              </p>
              <Button htmlType="submit" type="primary">{say('dnc.bring')}</Button>
            </Form>
          </Panel>
        ) : null
      }
      columns={(act) => [
        { key: 'name', title: say('field.name'), render: (_, list) => list.name },
        { key: 'numbers', title: say('dnc.count'), render: (_, list) => (list.ending ? `${list.numbers} (${say('dnc.ending', { count: String(list.ending) })})` : list.numbers) },
        { key: 'source', title: say('dnc.source'), className: 'what', render: (_, list) => list.source || '—' },
        {
          key: 'as_of',
          title: say('dnc.asOf'),
          render: (_, list) => (
            <>
              {shownMoment(list.as_of, language)}{' '}
              {list.max_age_days === null ? null : <Tag color={list.too_old ? 'red' : 'green'}>{say(list.too_old ? 'dnc.tooOld' : 'dnc.young', { days: String(list.max_age_days) })}</Tag>}
            </>
          ),
        },
        {
          key: 'remove',
          title: say('dnc.remove'),
          render: (_, list) =>
            mayChange ? (
              <Popconfirm title={say('dnc.sure', { name: list.name })} onConfirm={() => act(() => got(api.DELETE('/api/v1/do-not-call/{name}', { params: { path: { name: list.name } } })))}>
                <Button size="small" aria-label={`${say('dnc.remove')} ${list.name}`}>{say('dnc.remove')}</Button>
              </Popconfirm>
            ) : '—',
        },
      ]}
    />
  );
}

/** What was typed or pasted, one number after another. */
function pasted(text: string): string[] {
  return text.split(/[\n,;]+/).map((one) => one.trim()).filter((one) => one.length > 2);
}

/** The number of each line of a file: the first cell that has digits; headings have none. */
function firstCells(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.split(/[,;\t]/).map((cell) => cell.replaceAll('"', '').trim()).find((cell) => HAS_DIGITS.test(cell)) ?? '').filter((one) => one !== '');
}
