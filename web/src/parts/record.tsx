import { useKnown } from '../api/questions';
import { shownMoment } from '../app/format';
import { ownText, useTexts } from '../texts/language';
import { useWord } from './figure';

const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** What a field of a record is called: our own word, else that of the cut with its name, else as it is written. */
export function useFieldName(): (name: string) => string {
  const { say, read } = useTexts();
  const known = useKnown().data;
  return (name) => ownText(say, `field.${name}`) ?? (read(known?.dimensionText(name)) || name);
}

/** What a field of a record says, in the reader's language. */
export function useFieldText(): (value: unknown, field: string) => string {
  const { say, language } = useTexts();
  const wordOf = useWord();
  return (value, field) => {
    if (value === null || value === undefined) return '';
    if (typeof value === 'boolean') return value ? say('row.yes') : say('row.no');
    if (typeof value === 'object') return JSON.stringify(value);
    if (typeof value === 'number' && field.endsWith('_probability')) return `${Math.round(value * 1000) / 10}%`;
    if (typeof value === 'number' && !Number.isInteger(value)) return String(Math.round(value * 1000) / 1000);
    const text = String(value);
    return STAMP.test(text) ? shownMoment(text, language) : wordOf(text, field);
  };
}

const IN_LINE = 6;

/** A record in one line: its words, without moments and lengths, which have columns or a card of their own. */
export function useRecordText(): (record: Record<string, unknown>) => string {
  const nameOf = useFieldName();
  const textOf = useFieldText();
  return (record) =>
    Object.entries(record)
      .filter(([name, value]) => !name.endsWith('_at') && !(name.endsWith('_seconds') && name !== 'talk_seconds') && typeof value !== 'object')
      .slice(0, IN_LINE)
      .map(([name, value]) => `${nameOf(name)}: ${textOf(value, name)}`)
      .join(' · ');
}
