import { describe, expect, it } from 'vitest';

import { FIELDS } from '../src/texts/fields';
import { LEADWORK } from '../src/texts/leadwork';
import { SCREENS } from '../src/texts/screens';
import { SHELL, TEXTS } from '../src/texts/texts';
import { TRACKING } from '../src/texts/tracking';

const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1]).sort();
// Scripts of the desk name their fields with one brace.
const FIELDS_OF_SCRIPTS = /\{(name|company|interest)\}/g;

describe('texts', () => {
  it('no key stands in two files', () => {
    const keys = [SHELL, SCREENS, LEADWORK, TRACKING, FIELDS].flatMap((part) => Object.keys(part));
    expect(keys.filter((key, place) => keys.indexOf(key) !== place)).toEqual([]);
  });

  it('both languages fill the same places, written with two braces', () => {
    for (const [key, [zh, en]] of Object.entries(TEXTS)) {
      expect(places(zh), key).toEqual(places(en));
      for (const text of [zh, en]) expect(text.replace(/\{\{\w+\}\}/g, '').replace(FIELDS_OF_SCRIPTS, ''), key).not.toMatch(/[{}]/);
    }
  });
});
