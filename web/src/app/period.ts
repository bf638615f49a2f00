import type { Dayjs } from 'dayjs';
import { placeAtHand } from './place';

/** Local days as `YYYY-MM-DD`; the last day of a period is excluded, as everywhere in huasuan. */
export interface Period {
  from: string | null;
  to: string | null;
}

export type Preset = 'today' | '7d' | '30d' | '90d' | 'this_month' | 'last_month' | 'all';
export const PRESETS: readonly Preset[] = ['today', '7d', '30d', '90d', 'this_month', 'last_month', 'all'];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;

export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && plusDays(text, 0) === text;
}

/** The day the workspace calls today: its figures are given in its own days, wherever the browser stands. */
export function localToday(now = new Date(), zone = placeAtHand().zone): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);
}

/** The moment at which clocks of the workspace show that time (`2026-03-02T09:30`), wherever the browser stands. */
export function instantOf(local: string, zone = placeAtHand().zone): string {
  const asUtc = Date.parse(`${local}Z`);
  const tried = asUtc - aheadOfUtc(asUtc, zone);
  const [early, late] = [tried, asUtc - aheadOfUtc(tried, zone)].sort((one, other) => one - other) as [number, number];
  // Where clocks jump over that time, as much later as they jump.
  return new Date(early + aheadOfUtc(early, zone) >= asUtc ? early : late).toISOString();
}

/** The moment somebody picked: a picker's clock is taken for that of the workspace, as all times are shown. */
export function pickedInstant(picked: Dayjs): string {
  return instantOf(picked.format('YYYY-MM-DDTHH:mm:ss'));
}

/** The first moment of a day of the workspace. */
export function dayStart(day: string, zone = placeAtHand().zone): string {
  return instantOf(`${day}T00:00`, zone);
}

/** The last millisecond of a day of the workspace: what holds through a day ends there. */
export function dayEnd(day: string, zone = placeAtHand().zone): string {
  return new Date(Date.parse(dayStart(plusDays(day, 1), zone)) - 1).toISOString();
}

/** By how many milliseconds the clocks of a zone were ahead of UTC then. */
function aheadOfUtc(moment: number, zone: string): number {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(moment);
  return Date.parse(`${shown.replace(' ', 'T')}Z`) - Math.floor(moment / 1000) * 1000;
}

export function presetPeriod(preset: Preset, today: string): Period {
  const month = `${today.slice(0, 7)}-01`;
  switch (preset) {
    case 'today':
      return { from: today, to: plusDays(today, 1) };
    case '7d':
      return { from: plusDays(today, -6), to: plusDays(today, 1) };
    case '30d':
      return { from: plusDays(today, -29), to: plusDays(today, 1) };
    case '90d':
      return { from: plusDays(today, -89), to: plusDays(today, 1) };
    case 'this_month':
      return { from: month, to: plusDays(today, 1) };
    case 'last_month':
      return { from: `${plusDays(month, -1).slice(0, 7)}-01`, to: month };
    case 'all':
      return { from: null, to: null };
  }
}

/** The period an address names; one that cannot be read falls to the default and says so. */
export function periodIn(search: Record<string, string>, today: string): Period & { invalid: boolean } {
  if (search.period === 'all') return { from: null, to: null, invalid: false };
  const { from, to } = search;
  if (from === undefined && to === undefined) return { ...presetPeriod('30d', today), invalid: false };
  const wrong = (from !== undefined && !isDay(from)) || (to !== undefined && !isDay(to));
  if (wrong || (from !== undefined && to !== undefined && from >= to)) {
    return { ...presetPeriod('30d', today), invalid: true };
  }
  return { from: from ?? null, to: to ?? null, invalid: false };
}

/** The last day shown to people, who count it in. */
export function lastDay(period: Period): string | null {
  return period.to === null ? null : plusDays(period.to, -1);
}
