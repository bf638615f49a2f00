import { expect, it } from 'vitest';
import { ageAllowed, noteEdits, wantFresh } from '../src/api/freshness';

const answered = (method: string, path: string) =>
  (noteEdits.onResponse as unknown as (of: { request: Request }) => void)({ request: new Request(`https://here.test/api/v1${path}`, { method }) });

it('shares answers of a few seconds, never older than the last edit', () => {
  wantFresh(50_000);
  expect(ageAllowed(50_000)).toBe(0);
  expect(ageAllowed(50_999)).toBe(0);
  expect(ageAllowed(53_500)).toBe(3);
  expect(ageAllowed(900_000)).toBe(10);
});

it('takes what writes for an edit, and what only asks for none', () => {
  const later = performance.now() + 60_000;
  wantFresh(-60_000);
  answered('GET', '/calls');
  answered('POST', '/ask-many');
  answered('POST', '/behind');
  expect(ageAllowed()).toBe(10);
  answered('POST', '/calls/7/tag');
  expect(ageAllowed()).toBe(0);
  expect(ageAllowed(later)).toBe(10);
});
