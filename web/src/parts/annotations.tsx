import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, DatePicker, Form, Input, Popconfirm } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { type Period, lastDay, localToday } from '../app/period';
import { useRights } from '../app/session';
import { useTexts } from '../texts/language';
import { ProblemNote } from './states';

type Note = Schemas['AnnotationBody'];

/** What people wrote on the days of a period, by their first day. */
export function useAnnotations(period: Period) {
  const { search } = useAddress();
  return useQuery({
    queryKey: ['annotations', search.workspace, period.from, period.to],
    staleTime: 60_000,
    queryFn: async () => (await got(api.GET('/api/v1/annotations', { params: { query: { from: period.from, to: period.to } } }))).annotations,
  });
}

/** The notes below a chart, numbered as they stand in it, and a form for another one. */
export function Annotations({ notes, period }: { notes: readonly Note[]; period: Period }) {
  const { say } = useTexts();
  const client = useQueryClient();
  const mayWrite = useRights().has('notes.write');
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const take = async (step: () => Promise<unknown>) => {
    try {
      await step();
      setError(null);
      setWriting(false);
    } catch (problem) {
      setError(problem as Error);
    }
    await client.invalidateQueries({ queryKey: ['annotations'] });
  };
  const today = localToday();
  const last = lastDay(period) ?? today;
  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      {notes.length === 0 ? null : (
        <ol className="notes" aria-label={say('notes.title')}>
          {notes.map((note) => (
            <li key={note.id}>
              <span>{note.first_day === note.last_day ? note.first_day : `${note.first_day} – ${note.last_day}`}: {note.note} <small className="hint">{note.author}</small></span>
              {mayWrite ? (
                <Popconfirm title={say('notes.deleting')} onConfirm={() => void take(() => got(api.DELETE('/api/v1/annotations/{annotation}', { params: { path: { annotation: note.id } } })))}>
                  <Button type="text" size="small" aria-label={`${say('notes.delete')}: ${note.note}`}>×</Button>
                </Popconfirm>
              ) : null}
            </li>
          ))}
        </ol>
      )}
      {!mayWrite ? null : writing ? (
        <Form<{ day: dayjs.Dayjs; note: string }>
          layout="inline"
          className="inline-form"
          requiredMark={false}
          initialValues={{ day: dayjs(last < today ? last : today) }}
          onFinish={({ day, note }) => void take(() => got(api.POST('/api/v1/annotations', { body: { first_day: day.format('YYYY-MM-DD'), note } })))}
        >
          <Form.Item name="day" label={say('notes.day')}><DatePicker allowClear={false} /></Form.Item>
          <Form.Item name="note" label={say('notes.note')} rules={[{ required: true, message: say('enter.required') }]}><Input maxLength={1000} autoFocus /></Form.Item>
          <Button htmlType="submit" type="primary">{say('notes.save')}</Button>
          <Button onClick={() => setWriting(false)}>{say('notes.cancel')}</Button>
        </Form>
      ) : (
        <p><Button size="small" onClick={() => setWriting(true)}>{say('notes.add')}</Button></p>
      )}
    </>
  );
}
