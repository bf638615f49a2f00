import type { Answer, Row } from '../api/client';

/** Something a report asks to be done: a text with its values, and the figure it speaks of. */
export interface Advice {
  key: 'losing' | 'winning' | 'missed' | 'noCost' | 'unallocated' | 'unknown';
  row?: Row;
  metric?: string;
  names?: Record<string, string | number>;
}

const ENOUGH_COST_SHARE = 0.02;
// The most common kinds; a business without any of them has probably not entered its costs.
const USUAL_COSTS = ['pay', 'call_charges', 'number_rent', 'ads', 'dialler'];

function numberOf(row: Row, metric: string): number | null {
  const value = row.values[metric]?.value;
  return value === null || value === undefined ? null : Number(value);
}

/** Where money is lost and where it is made: rows that cost enough to matter, by their return. */
export function adviceOnReturns(answer: Answer): Advice[] {
  const rows = answer.rows.filter((row) => row.kind === 'value' && !Object.values(row.by).includes(null));
  const total = answer.rows.reduce((sum, row) => sum + (numberOf(row, 'total_cost') ?? 0), 0);
  const weighty = rows.filter((row) => (numberOf(row, 'total_cost') ?? 0) > total * ENOUGH_COST_SHARE && numberOf(row, 'roi') !== null);
  const ordered = [...weighty].sort((a, b) => (numberOf(a, 'roi') ?? 0) - (numberOf(b, 'roi') ?? 0));
  const found: Advice[] = ordered
    .filter((row) => (numberOf(row, 'roi') ?? 0) < 0)
    .slice(0, 3)
    .map((row) => ({ key: 'losing', row, metric: 'roi' }));
  const best = ordered.at(-1);
  if (best !== undefined && (numberOf(best, 'roi') ?? 0) > 0) found.push({ key: 'winning', row: best, metric: 'roi' });
  const unplaced = answer.rows.find((row) => row.kind === 'unallocated');
  if (unplaced !== undefined && (numberOf(unplaced, 'total_cost') ?? 0) > 0) {
    found.push({ key: 'unallocated', row: unplaced, metric: 'total_cost' });
  }
  return found;
}

/** The hour in which most calls are missed. */
export function adviceOnMissed(answer: Answer): Advice[] {
  const rows = answer.rows.filter((row) => row.kind === 'value' && (numberOf(row, 'missed') ?? 0) > 0);
  const worst = rows.reduce<Row | undefined>((found, row) => (found === undefined || (numberOf(row, 'missed') ?? 0) > (numberOf(found, 'missed') ?? 0) ? row : found), undefined);
  return worst === undefined ? [] : [{ key: 'missed', row: worst, metric: 'missed' }];
}

/** Usual kinds of cost of which nothing was entered. */
export function adviceOnCosts(answer: Answer): Advice[] {
  const entered = new Set(answer.rows.filter((row) => (numberOf(row, 'total_cost') ?? 0) !== 0).map((row) => row.by.cost_kind));
  return USUAL_COSTS.filter((kind) => !entered.has(kind)).map((kind) => ({ key: 'noCost', names: { kind } }));
}
