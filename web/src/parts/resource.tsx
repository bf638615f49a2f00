import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Table, type TableColumnsType } from 'antd';
import { type ReactNode, useState } from 'react';
import { useAddress } from '../app/address';
import { useTexts } from '../texts/language';
import { Page, Panel } from './page';
import { Nothing, ProblemNote, Wait } from './states';

/** Does a step, then reads the list anew; a refusal is shown above the list. */
export type Act = (step: () => Promise<unknown>) => void;

interface Props<T extends object> {
  /** Begins the query's name, so that one screen's change is read anew by it alone. */
  name: string;
  title: string;
  hint: string;
  load: () => Promise<readonly T[]>;
  rowKey: keyof T & string;
  columns: (act: Act) => TableColumnsType<T>;
  /** Read anew so often, in milliseconds. */
  every?: number;
  /** What stands above the list: a form for a new one, what was just made. */
  above?: (act: Act) => ReactNode;
  /** What stands below it: where the list goes on. No rows while they are read. */
  below?: (rows: readonly T[], act: Act) => ReactNode;
}

/** Records of one kind as a list with what may be done to each: a screen of this costs its columns and its texts. */
export function Resource<T extends object>({ name, title, hint, load, rowKey, columns, above, below, every }: Props<T>) {
  const client = useQueryClient();
  const { say } = useTexts();
  const { search } = useAddress();
  const [error, setError] = useState<Error | null>(null);
  const asked = useQuery({ queryKey: [name, search.workspace], queryFn: load, ...(every === undefined ? {} : { refetchInterval: every }) });
  const act: Act = (step) => {
    void step()
      .then(() => setError(null), setError)
      .finally(() => void client.invalidateQueries({ queryKey: [name] }));
  };
  return (
    <Page title={title} hint={hint} controls="none">
      {error === null ? null : <ProblemNote error={error} />}
      {above?.(act)}
      <Panel>
        <Wait asked={asked} height={300}>
          {(rows) =>
            rows.length === 0 ? (
              <Nothing title={say('none.records')}>{' '}</Nothing>
            ) : (
              <div ref={scrolledByKeys}>
                <Table<T> size="small" rowKey={rowKey} dataSource={rows} columns={columns(act)} scroll={{ x: 'max-content' }} pagination={{ pageSize: 50, showSizeChanger: false, hideOnSinglePage: true }} />
              </div>
            )
          }
        </Wait>
        {below?.(asked.data ?? [], act)}
      </Panel>
    </Page>
  );
}

/** A wide table without links or buttons in it could not be scrolled by keyboard; the library gives it no way. */
export function scrolledByKeys(around: HTMLDivElement | null): void {
  for (const wide of around?.querySelectorAll<HTMLElement>('.ant-table-content') ?? []) wide.tabIndex = 0;
}
