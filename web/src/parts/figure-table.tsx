import { Table, type TableColumnsType, Tooltip } from 'antd';
import type { Answer, Metric, Row } from '../api/client';
import { useKnown } from '../api/questions';
import { useAddress, writeFilters } from '../app/address';
import { useTexts } from '../texts/language';
import { ChangeMark, FigureLink, useRowName } from './figure';

const PAGE = 25;
// Time goes on from the top down; everything else begins with what is most.
const TIMES = ['hour', 'weekday', 'day', 'week', 'month', 'quarter', 'stage', 'call_number', 'call_number_in_cycle'];

/** An answer as a table: every number opens its facts, every head tells what it means, every name filters. */
export function FigureTable({ answer, metrics }: { answer: Answer; metrics: string[] }) {
  const { say, read } = useTexts();
  const { filters, set } = useAddress();
  const known = useKnown().data;
  const nameOf = useRowName();
  if (known === undefined) return null;
  const cuts = (answer.question.by as string[] | undefined) ?? [];
  const first: TableColumnsType<Row> = cuts.map((cut, number) => ({
    key: cut,
    title: read(known.dimensionText(cut)) || cut,
    fixed: number === 0 ? 'start' : undefined,
    className: 'row-name',
    render: (_: unknown, row: Row) => {
      const name = nameOf({ by: { [cut]: row.by[cut] ?? null }, kind: row.kind });
      if (row.kind === 'unallocated') return number === 0 ? <em>{name}</em> : null;
      return (
        <button type="button" className="name-link" aria-label={say('table.filter', { name })} onClick={() => set({ where: writeFilters({ ...filters, [cut]: [filterValue(row.by[cut])] }) })}>
          {name}
        </button>
      );
    },
  }));
  const figures: TableColumnsType<Row> = metrics
    .map((key) => known.metric(key))
    .filter((metric): metric is Metric => metric !== undefined)
    .map((metric, place) => ({
      key: metric.key,
      align: 'right' as const,
      title: (
        <Tooltip title={read(metric.meaning)}>
          <span className="defined">{read(metric.text)}</span>
        </Tooltip>
      ),
      sorter: (a: Row, b: Row) => sortable(a, metric.key) - sortable(b, metric.key),
      sortDirections: ['descend' as const, 'ascend' as const],
      defaultSortOrder: place === 0 && !TIMES.includes(cuts[0] ?? '') ? ('descend' as const) : undefined,
      showSorterTooltip: false,
      render: (_: unknown, row: Row) => (
        <span className="cell">
          <FigureLink figure={row.values[metric.key]} metric={metric} currency={answer.currency} of={nameOf(row)} />
          <ChangeMark figure={row.values[metric.key]} metric={metric} />
        </span>
      ),
    }));
  return (
    <Table<Row>
      size="small"
      className="figures"
      rowKey={(row) => JSON.stringify([row.kind, row.by])}
      columns={[...first, ...figures]}
      dataSource={answer.rows}
      scroll={{ x: 'max-content' }}
      pagination={answer.rows.length > PAGE ? { pageSize: PAGE, showSizeChanger: false, showTotal: (count) => say('table.rows', { count }) } : false}
    />
  );
}

function sortable(row: Row, key: string): number {
  const value = row.values[key]?.value;
  // What is unknown stands below everything known.
  return value === null || value === undefined ? Number.NEGATIVE_INFINITY : Number(value);
}

function filterValue(value: string | number | boolean | null | undefined): string | null {
  return value === null || value === undefined || value === '' ? null : String(value);
}
