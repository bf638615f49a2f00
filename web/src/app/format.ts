import type { Figure, Metric } from '../api/client';
import { placeAtHand } from './place';

export type Language = 'zh' | 'en';
type Unit = Metric['unit'];
type Value = string | number | null | undefined;

const TAG = { zh: 'zh-CN', en: 'en-GB' } as const;
export const UNKNOWN = '—';

function plain(value: number, language: Language, digits: number, least = 0): string {
  return new Intl.NumberFormat(TAG[language], { maximumFractionDigits: digits, minimumFractionDigits: least }).format(value);
}

function duration(seconds: number, language: Language): string {
  const whole = Math.round(seconds);
  if (Math.abs(whole) < 60) return language === 'zh' ? `${whole} 秒` : `${whole} s`;
  const minutes = Math.floor(whole / 60);
  const days = whole / 86_400;
  if (days >= 2) return language === 'zh' ? `${plain(days, language, 1)} 天` : `${plain(days, language, 1)} d`;
  if (minutes < 60) return `${minutes}:${String(whole % 60).padStart(2, '0')}`;
  return language === 'zh' ? `${plain(whole / 3600, language, 1)} 小时` : `${plain(whole / 3600, language, 1)} h`;
}

/** A figure for people; what is unknown is a dash, never 0. */
export function shown(value: Value, unit: Unit, currency: string, language: Language): string {
  if (value === null || value === undefined) return UNKNOWN;
  const number = Number(value);
  if (!Number.isFinite(number)) return String(value);
  const small = Math.abs(number) < 100;
  switch (unit) {
    case 'count':
    case 'points':
      return plain(number, language, 0);
    case 'money': {
      const digits = small ? 2 : 0;
      const style = { style: 'currency', currency, currencyDisplay: 'narrowSymbol', maximumFractionDigits: digits, minimumFractionDigits: digits } as const;
      return new Intl.NumberFormat(TAG[language], style).format(number);
    }
    case 'share':
      return `${plain(number * 100, language, 1)}%`;
    case 'seconds':
      return duration(number, language);
    case 'minutes':
      return `${plain(number, language, 1)} ${language === 'zh' ? '分钟' : 'min'}`;
    case 'days':
      return `${plain(number, language, 1)} ${language === 'zh' ? '天' : 'd'}`;
    case 'per_hour':
      return `${plain(number, language, 1)} ${language === 'zh' ? '/小时' : '/h'}`;
    case 'per_mille':
      return `${plain(number, language, 2)} ‰`;
    default:
      return plain(number, language, 2);
  }
}

/** A change with its sign: percentage points for shares, the unit itself for scores, else a proportion. */
export function shownChange(change: NonNullable<Figure['change']>, unit: Unit, language: Language): string {
  if (change.value === null) return UNKNOWN;
  const number = Number(change.value);
  const sign = number > 0 ? '+' : number < 0 ? '-' : '±';
  const size = Math.abs(number);
  if (change.kind === 'relative') return `${sign}${plain(size * 100, language, 1)}%`;
  if (unit === 'share') return `${sign}${plain(size * 100, language, 1)} ${language === 'zh' ? '个百分点' : 'pp'}`;
  return `${sign}${plain(size, language, 2)}`;
}

/** Whether a change is good news, bad news or neither. */
export function judged(change: Figure['change'], direction: Metric['direction']): 'good' | 'bad' | 'neutral' {
  const value = change?.value === null || change?.value === undefined ? 0 : Number(change.value);
  if (value === 0 || (direction !== 'up' && direction !== 'down')) return 'neutral';
  return value > 0 === (direction === 'up') ? 'good' : 'bad';
}

export function shownMoment(text: string, language: Language): string {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return text;
  return new Intl.DateTimeFormat(TAG[language], { dateStyle: 'short', timeStyle: 'medium', hour12: false, timeZone: placeAtHand().zone }).format(moment);
}

/** A cell of CSV that no spreadsheet takes for a formula. */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function toCsv(rows: readonly (readonly unknown[])[]): string {
  return `\ufeff${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}
