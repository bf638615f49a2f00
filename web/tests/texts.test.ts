import { describe, expect, it } from 'vitest';

import { CODES } from '../src/texts/codes';
import { FIELDS } from '../src/texts/fields';
import { LEADWORK } from '../src/texts/leadwork';
import { SCREENS } from '../src/texts/screens';
import { SHELL, TEXTS } from '../src/texts/texts';
import { TRACKING } from '../src/texts/tracking';

const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1]).sort();
// Scripts of the desk name their fields with one brace.
const FIELDS_OF_SCRIPTS = /\{(name|company|interest)\}/g;

const SOURCES = import.meta.glob<string>('../src/{app,parts,screens,charts,texts/language,main}{/**/*,}.{ts,tsx}', { query: '?raw', import: 'default', eager: true });

/** What the pages ask for: keys as they stand, and patterns of those put together of a family and a code. */
function asked(): { keys: Set<string>; made: RegExp[] } {
  const code = Object.values(SOURCES).join('\n');
  const families = [...code.matchAll(/codeText\(say, '([\w.]+)'/g)].map((found) => `${found[1]}.\${x}`);
  const templates = [...code.matchAll(/`([\w.${}[\]? '=:]*\.[\w.${}[\]?! '=:()]*)`/g)].map((found) => found[1]!);
  const pattern = (text: string) => new RegExp(`^${text.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.')).join('[^ ]+')}$`);
  return {
    keys: new Set([...code.matchAll(/'([\w.]+)'/g)].map((found) => found[1]!)),
    made: [...families, ...templates].filter((text) => /^[\w.]+\.\$\{|^\$\{[\w.]+\}\.[a-z]+$/i.test(text)).map(pattern),
  };
}

describe('texts', () => {
  it('every text is asked for by some page', () => {
    const { keys, made } = asked();
    const dead = Object.keys(TEXTS).filter((key) => !key.startsWith('field.') && !keys.has(key) && !made.some((one) => one.test(key)));
    expect(dead).toEqual([]);
  });

  it('no key stands in two files', () => {
    const keys = [SHELL, SCREENS, LEADWORK, TRACKING, FIELDS, CODES].flatMap((part) => Object.keys(part));
    expect(keys.filter((key, place) => keys.indexOf(key) !== place)).toEqual([]);
  });

  it('both languages fill the same places, written with two braces', () => {
    for (const [key, [zh, en]] of Object.entries(TEXTS)) {
      expect(places(zh), key).toEqual(places(en));
      for (const text of [zh, en]) expect(text.replace(/\{\{\w+\}\}/g, '').replace(FIELDS_OF_SCRIPTS, ''), key).not.toMatch(/[{}]/);
    }
  });
});
