import { Alert, Button, Empty, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { Problem } from '../api/client';
import { useTexts } from '../texts/language';

interface Asked<T> {
  data: T | undefined;
  error: Error | null;
  isPending: boolean;
  refetch: () => unknown;
}

/** Nothing went wrong: whoever sees these has first to be set up for the screen. */
const SET_UP_FIRST = new Set(['no_agent_code', 'no_seat']);

/** What happened and what to do about it, in the reader's language. */
export function ProblemNote({ error, retry }: { error: Error; retry?: () => unknown }) {
  const { say, read } = useTexts();
  const known = error instanceof Problem;
  return (
    <Alert
      type={known && SET_UP_FIRST.has(error.code) ? 'info' : 'error'}
      showIcon
      role="alert"
      title={known ? read(error.text) : say('problem.title')}
      description={known ? read(error.remedy) : error.message}
      action={
        retry && (!known || error.retry) ? (
          <Button size="small" onClick={() => retry()}>
            {say('app.retry')}
          </Button>
        ) : undefined
      }
    />
  );
}

/** Shows what was asked for, or that it is being read, or why it cannot be shown. */
export function Wait<T>({ asked, height = 200, children }: { asked: Asked<T>; height?: number; children: (data: T) => ReactNode }) {
  const { say } = useTexts();
  if (asked.data !== undefined && asked.error === null) return children(asked.data);
  if (asked.error !== null) return <ProblemNote error={asked.error} retry={asked.refetch} />;
  return (
    <div style={{ minHeight: height }} role="status" aria-label={say('app.loading')}>
      <Skeleton active paragraph={{ rows: Math.max(2, Math.round(height / 40)) }} title={false} />
    </div>
  );
}

export function Nothing({ title, children }: { title?: string; children?: ReactNode }) {
  const { say } = useTexts();
  return (
    <Empty image={null} description={<strong>{title ?? say('none.title')}</strong>}>
      <p>{children ?? say('none.hint')}</p>
    </Empty>
  );
}
