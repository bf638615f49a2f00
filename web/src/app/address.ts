import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Address, Question } from '../api/questions';
import { localToday, periodIn } from './period';

export type Search = Record<string, string>;
type Patch = Record<string, string | null | undefined>;

/** What stays when one goes from screen to screen. */
export const SHARED = ['workspace', 'lang', 'theme', 'from', 'to', 'period', 'compare', 'matured', 'basis', 'where', 'attribution', 'as_of'];

export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

export function writeSearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  // Commas, colons and equals signs are easier to read as they are, and allowed there.
  const text = parameters.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return text === '' ? '' : `?${text}`;
}

export function patched(search: Search, patch: Patch): Search {
  const merged: Search = {};
  for (const [name, value] of Object.entries({ ...search, ...patch })) {
    if (value !== undefined && value !== null && value !== '') merged[name] = value;
  }
  return merged;
}

export function sharedOf(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([name]) => SHARED.includes(name)));
}

/** Filters as `channel=sms;list=L1`; one value may stand several times, an empty one means unknown. */
export function filtersIn(text: string | undefined): Record<string, (string | null)[]> {
  const found: Record<string, (string | null)[]> = {};
  for (const part of (text ?? '').split(';')) {
    const sign = part.indexOf('=');
    if (sign <= 0) continue;
    const name = part.slice(0, sign);
    const value = decodeURIComponent(part.slice(sign + 1));
    found[name] = [...(found[name] ?? []), value === '' ? null : value];
  }
  return found;
}

export function writeFilters(filters: Record<string, (string | null)[]>): string | null {
  const parts = Object.entries(filters).flatMap(([name, values]) =>
    values.map((value) => `${name}=${value === null ? '' : encodeURIComponent(value)}`),
  );
  return parts.length === 0 ? null : parts.join(';');
}

/** What `/behind` wants, without what says nothing; short enough for an address. */
export function writeBehind(address: Record<string, unknown>): string {
  const kept = Object.entries(address).filter(([, value]) => {
    if (value === null || value === undefined || value === 'cohort') return false;
    return typeof value !== 'object' || Object.keys(value).length > 0;
  });
  return JSON.stringify(Object.fromEntries(kept));
}

export function behindIn(text: string | undefined): Address | null {
  if (text === undefined) return null;
  try {
    const found: unknown = JSON.parse(text);
    const isAddress = typeof found === 'object' && found !== null && Array.isArray((found as Address).metrics);
    return isAddress ? (found as Address) : null;
  } catch {
    return null;
  }
}

/** Everything a screen shows stands in the address: reading it, changing it, asking by it. */
export function useAddress() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  return useMemo(() => {
    const period = periodIn(search, localToday());
    const question = (metrics: string[], by: string[] = []): Question => ({
      metrics,
      by,
      where: filtersIn(search.where),
      from: period.from,
      to: period.to,
      basis: search.basis === 'event' ? 'event' : 'cohort',
      matured: search.matured === 'cycle' ? 'cycle' : null,
    });
    const credit = { attribution: search.attribution ?? null, as_of: search.as_of ?? null };
    return {
      search,
      period,
      /** The same question by the model of attribution and as known on the day the address names. */
      credited: (asked: Question): Question => ({ ...asked, ...credit }),
      filters: filtersIn(search.where),
      set: (patch: Patch, replace = false) =>
        void navigate({ to: '.', search: patched(search, patch), replace, resetScroll: false } as never),
      question,
      /** With the comparison the address names, where the period has an end. */
      compared: (metrics: string[], by: string[] = []): Question => ({
        ...question(metrics, by),
        compare: search.compare !== 'none' && period.from !== null && period.to !== null ? comparison(search) : null,
      }),
    };
  }, [search, navigate]);
}

function comparison(search: Search): Question['compare'] {
  const [from, to] = (search.compare ?? '').split('..');
  return from && to ? { from, to } : 'previous';
}
