import type { Row } from '../api/client';
import { type Period, plusDays } from '../app/period';
import type { Mark } from './options';

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

/** The cuts whose rows follow each other in time. */
export const TIMES: readonly string[] = ['day', 'week', 'month', 'quarter'];

/** First and last day of what a place on an axis of time stands for; null where its name cannot be read. */
export function spanOf(cut: string, name: string): { first: string; last: string } | null {
  if (cut === 'day') return { first: name, last: name };
  const [year, part] = [Number(name.slice(0, 4)), Number(name.replace(/^\d+-[QW]?/, ''))];
  if (!Number.isInteger(year) || !Number.isInteger(part) || part < 1) return null;
  if (cut === 'week') {
    // The first ISO week is the one of 4 January.
    const fourth = `${name.slice(0, 4)}-01-04`;
    const monday = plusDays(fourth, -((new Date(`${fourth}T00:00:00Z`).getUTCDay() + 6) % 7) + 7 * (part - 1));
    return { first: monday, last: plusDays(monday, 6) };
  }
  const months = cut === 'quarter' ? 3 : cut === 'month' ? 1 : 0;
  if (months === 0 || part * months > 12) return null;
  const day = (month: number, of: number) => new Date(Date.UTC(year, month, of)).toISOString().slice(0, 10);
  return { first: day((part - 1) * months, 1), last: day(part * months, 0) };
}

/** What is written on days, as far as a chart needs it. */
export interface Noted {
  first_day: string;
  last_day: string;
}

/**
 * Where notes stand on an axis of time: at the first place their days touch, numbered as in the list below the chart.
 * `names` are the values of the cut, `labels` what the axis writes for them.
 */
export function marksOf(notes: readonly Noted[], cut: string, names: readonly string[], labels: readonly string[] = names): Mark[] {
  const found = new Map<string, string[]>();
  const spans = names.map((name) => spanOf(cut, name));
  notes.forEach((note, place) => {
    const at = spans.findIndex((span) => span !== null && span.first <= note.last_day && note.first_day <= span.last);
    const label = labels[at];
    if (label !== undefined) found.set(label, [...(found.get(label) ?? []), String(place + 1)]);
  });
  return [...found].map(([name, numbers]) => ({ name, label: numbers.join(', ') }));
}
