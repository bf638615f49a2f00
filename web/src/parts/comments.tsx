import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { useTexts } from '../texts/language';
import { ProblemNote, Wait } from './states';

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const playing: { box: HTMLAudioElement | null } = { box: null };

/** The recording of a call; `at` jumps to a second of it. */
export function Player({ number, at }: { number: number; at: number | null }) {
  const { say } = useTexts();
  const { search } = useAddress();
  const may = useRights().has('recordings.hear');
  const box = useRef<HTMLAudioElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    playing.box = box.current;
    return () => {
      playing.box = null;
    };
  });
  useEffect(() => {
    if (at === null || box.current === null) return;
    box.current.currentTime = at;
    void box.current.play().catch(() => undefined);
  }, [at]);
  if (!may) return <p>{say('card.mayNotHear')}</p>;
  const source = `/api/v1/calls/${number}/recording${search.workspace === undefined ? '' : `?workspace=${encodeURIComponent(search.workspace)}`}`;
  return (
    <>
      {failed ? <Alert type="warning" showIcon title={say('card.noRecording')} /> : null}
      {/* What was said is in the transcript, where there is one; a telephone call has no captions of its own. */}
      <audio ref={box} controls preload="none" src={source} aria-label={say('card.recording')} onError={() => setFailed(true)} />
    </>
  );
}

/** What people wrote on a call; at the second of its recording where that was playing. */
export function Comments({ number, onJump }: { number: number; onJump: ((second: number) => void) | null }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const mayWrite = useRights().has('notes.write');
  const [error, setError] = useState<Error | null>(null);
  const [form] = Form.useForm<{ note: string }>();
  const asked = useQuery({
    queryKey: ['comments', search.workspace, number],
    queryFn: async () => (await got(api.GET('/api/v1/calls/{number}/comments', { params: { path: { number } } }))).comments,
  });
  const take = async (step: () => Promise<unknown>) => {
    try {
      await step();
      setError(null);
      form.resetFields();
    } catch (problem) {
      setError(problem as Error);
    }
    await client.invalidateQueries({ queryKey: ['comments'] });
  };
  const write = ({ note }: { note: string }) => {
    const second = playing.box !== null && playing.box.currentTime > 0 ? Math.floor(playing.box.currentTime) : null;
    void take(() => got(api.POST('/api/v1/calls/{number}/comments', { params: { path: { number } }, body: { note, second } })));
  };
  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      <Wait asked={asked} height={60}>
        {(comments) =>
          comments.length === 0 ? (
            <p className="hint">{say('card.noComments')}</p>
          ) : (
            <ul className="views">
              {comments.map((one) => (
                <li key={one.id}>
                  <span>
                    {one.second === null || onJump === null ? null : (
                      <Button type="link" size="small" aria-label={say('card.jump', { at: clock(one.second) })} onClick={() => onJump(one.second ?? 0)}>{clock(one.second)}</Button>
                    )}
                    {one.note} <small className="hint">{one.author} · {shownMoment(one.created_at, language)}</small>
                  </span>
                  {one.mine ? (
                    <Button type="text" size="small" aria-label={`${say('card.deleteComment')}: ${one.note}`} onClick={() => void take(() => got(api.DELETE('/api/v1/calls/{number}/comments/{comment}', { params: { path: { number, comment: one.id } } })))}>×</Button>
                  ) : null}
                </li>
              ))}
            </ul>
          )
        }
      </Wait>
      {mayWrite ? (
        <Form form={form} layout="vertical" requiredMark={false} onFinish={write}>
          <Form.Item name="note" label={say('card.comment')} rules={[{ required: true, message: say('enter.required') }]}><Input.TextArea rows={2} maxLength={1000} /></Form.Item>
          <Button htmlType="submit">{say('card.write')}</Button>
        </Form>
      ) : null}
    </>
  );
}
