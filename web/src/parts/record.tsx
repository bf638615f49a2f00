import { useKnown } from '../api/questions';
import { shownMoment } from '../app/format';
import { ownText, useTexts } from '../texts/language';
import { word } from './figure';

type Say = ReturnType<typeof useTexts>['say'];
const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** What a field of a record is called: our own word, else that of the cut with its name, else as it is written. */
export function useFieldName(): (name: string) => string {
  const { say, read } = useTexts();
  const known = useKnown().data;
  return (name) => ownText(say, `field.${name}`) ?? (read(known?.dimensionText(name)) || name);
}

export function fieldText(value: unknown, say: Say, language: 'zh' | 'en', field = ''): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? say('row.yes') : say('row.no');
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'number' && field.endsWith('_probability')) return `${Math.round(value * 1000) / 10}%`;
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Math.round(value * 1000) / 1000);
  const text = String(value);
  return STAMP.test(text) ? shownMoment(text, language) : word(say, text, field);
}

const IN_LINE = 6;

/** A record in one line: its words, without moments and lengths, which have columns or a card of their own. */
export function recordText(record: Record<string, unknown>, say: Say, nameOf: (name: string) => string, language: 'zh' | 'en'): string {
  return Object.entries(record)
    .filter(([name, value]) => !name.endsWith('_at') && !(name.endsWith('_seconds') && name !== 'talk_seconds') && typeof value !== 'object')
    .slice(0, IN_LINE)
    .map(([name, value]) => `${nameOf(name)}: ${fieldText(value, say, language, name)}`)
    .join(' · ');
}
