import type { Row } from '../api/client';
import { type Period, plusDays } from '../app/period';

/** Every local day of a period up to today, so that two periods lie day upon day even where nothing happened. */
export function daysOf(period: Period, today: string): string[] {
  const found: string[] = [];
  if (period.from === null || period.to === null) return found;
  const end = period.to <= today ? period.to : plusDays(today, 1);
  for (let day = period.from; day < end; day = plusDays(day, 1)) found.push(day);
  return found;
}

export function namesIn(rows: readonly Row[], cut: string): string[] {
  return [...new Set(rows.filter((row) => row.kind === 'value' && row.by[cut]).map((row) => String(row.by[cut])))].sort();
}

/** The values at those names. Where there is no row nothing happened: 0 of what is counted, unknown for a quotient. */
export function valuesAt(rows: readonly Row[], cut: string, names: readonly string[], metric: string, additive: boolean): (number | null)[] {
  const found = new Map(rows.filter((row) => row.kind === 'value').map((row) => [String(row.by[cut]), row.values[metric]?.value]));
  return names.map((name) => {
    if (!found.has(name)) return additive ? 0 : null;
    const value = found.get(name);
    return value === null || value === undefined ? null : Number(value);
  });
}
