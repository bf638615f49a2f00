import { describe, expect, it } from 'vitest';
import { behindIn, filtersIn, parseSearch, patched, sharedOf, writeBehind, writeFilters, writeSearch } from '../src/app/address';
import { adviceOnCosts, adviceOnMissed, adviceOnReturns } from '../src/app/advice';
import { csvCell, judged, shown, shownChange, toCsv } from '../src/app/format';
import { fed } from '../src/app/mapping';
import { dayEnd, dayStart, instantOf, isDay, lastDay, periodIn, plusDays, presetPeriod } from '../src/app/period';
import type { Answer, Figure } from '../src/api/client';
import { TEXTS } from '../src/texts/texts';

describe('figures in words', () => {
  it('never shows the unknown as 0', () => {
    expect(shown(null, 'money', 'CNY', 'zh')).toBe('—');
    expect(shown(undefined, 'count', 'CNY', 'en')).toBe('—');
    expect(shown(0, 'count', 'CNY', 'zh')).toBe('0');
  });

  it('writes each unit as people do', () => {
    expect(shown('1234567.891', 'money', 'CNY', 'zh')).toBe('¥1,234,568');
    expect(shown('12.3', 'money', 'CNY', 'en')).toBe('¥12.30');
    expect(shown('0.4219', 'share', 'CNY', 'zh')).toBe('42.2%');
    expect(shown(59, 'seconds', 'CNY', 'zh')).toBe('59 秒');
    expect(shown(125, 'seconds', 'CNY', 'en')).toBe('2:05');
    expect(shown(7200, 'seconds', 'CNY', 'en')).toBe('2 h');
  });

  it('tells a change of a share in points, of the rest in proportion', () => {
    const change = (kind: 'difference' | 'relative', value: string) => ({ kind, value, reason: null, interval: null });
    expect(shownChange(change('difference', '-0.032'), 'share', 'zh')).toBe('-3.2 个百分点');
    expect(shownChange(change('relative', '0.5'), 'money', 'en')).toBe('+50%');
    expect(judged(change('relative', '0.5'), 'down')).toBe('bad');
    expect(judged(change('relative', '-0.5'), 'down')).toBe('good');
    expect(judged(change('relative', '0.5'), null)).toBe('neutral');
  });

  it('makes formulas in files harmless and leaves negative numbers alone', () => {
    expect(csvCell('=1+1')).toBe("'=1+1");
    expect(csvCell('@SUM(A1)')).toBe("'@SUM(A1)");
    expect(csvCell('-12.5')).toBe('-12.5');
    expect(csvCell('-2+3')).toBe("'-2+3");
    expect(csvCell('a"b')).toBe('"a""b"');
    expect(toCsv([['a', null]])).toBe('\ufeffa,\r\n');
  });
});

describe('periods', () => {
  it('excludes the last day, and shows it to people counted in', () => {
    expect(presetPeriod('7d', '2026-03-02')).toEqual({ from: '2026-02-24', to: '2026-03-03' });
    expect(presetPeriod('last_month', '2026-03-02')).toEqual({ from: '2026-02-01', to: '2026-03-01' });
    expect(lastDay({ from: '2026-02-01', to: '2026-03-01' })).toBe('2026-02-28');
    expect(plusDays('2024-02-28', 1)).toBe('2024-02-29');
  });

  it('falls to the default and says so when the address cannot be read', () => {
    expect(isDay('2026-02-30')).toBe(false);
    expect(periodIn({ from: 'x', to: '2026-03-01' }, '2026-03-02').invalid).toBe(true);
    expect(periodIn({ from: '2026-03-01', to: '2026-03-01' }, '2026-03-02').invalid).toBe(true);
    expect(periodIn({}, '2026-03-02')).toEqual({ from: '2026-02-01', to: '2026-03-03', invalid: false });
    expect(periodIn({ period: 'all' }, '2026-03-02')).toEqual({ from: null, to: null, invalid: false });
  });
});

describe('moments of the workspace', () => {
  it('are told by its clocks, whatever the browser\'s are', () => {
    expect(dayStart('2026-03-02', 'Asia/Shanghai')).toBe('2026-03-01T16:00:00.000Z');
    expect(dayEnd('2026-03-02', 'Asia/Shanghai')).toBe('2026-03-02T15:59:59.999Z');
    expect(instantOf('2026-07-01T09:30', 'America/New_York')).toBe('2026-07-01T13:30:00.000Z');
    expect(instantOf('2026-01-01T09:30:15', 'Asia/Kolkata')).toBe('2026-01-01T04:00:15.000Z');
  });

  it('hold on days on which clocks change', () => {
    // 2026-03-08 has 23 hours in New York; the day of São Paulo's change in 2018 begins at one o'clock.
    expect(dayStart('2026-03-08', 'America/New_York')).toBe('2026-03-08T05:00:00.000Z');
    expect(dayEnd('2026-03-08', 'America/New_York')).toBe('2026-03-09T03:59:59.999Z');
    expect(dayStart('2018-11-04', 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z');
    expect(instantOf('2026-03-29T12:00', 'Europe/Berlin')).toBe('2026-03-29T10:00:00.000Z');
  });
});

describe('columns of a file', () => {
  const source = (said: object) => ({ rounding: false, values: {}, ...said }) as never;
  it('take the place of a constant, and feed one field each', () => {
    const fields = { kind: source({ constant: 'ads' }), amount: source({ column: 'Cost', currency: 'CNY' }) };
    expect(JSON.parse(JSON.stringify(fed(fields, 'Type', 'kind')))['kind']).toEqual({ rounding: false, values: {}, column: 'Type' });
    expect(Object.keys(fed(fields, 'Cost', 'kind'))).toEqual(['kind']);
    expect(fed(fields, 'Total', 'amount')['amount']).toMatchObject({ column: 'Total', currency: 'CNY' });
    expect(Object.keys(fed(fields, 'Cost', ''))).toEqual(['kind']);
  });
});

describe('addresses', () => {
  it('come back as they went', () => {
    const filters = { channel: ['a=b;c', null], list: ['名单 1'] };
    expect(filtersIn(writeFilters(filters) ?? '')).toEqual(filters);
    const search = { from: '2026-01-01', where: writeFilters(filters) ?? '', metrics: 'a,b' };
    expect(parseSearch(writeSearch(search))).toEqual(search);
    expect(writeFilters({})).toBeNull();
  });

  it('hold the figure that is opened, and nothing when it cannot be read', () => {
    const address = { metrics: ['roi'], by: ['channel'], where: {}, from: null, basis: 'cohort', cell: { channel: null }, kind: 'value' };
    expect(behindIn(writeBehind(address))).toEqual({ metrics: ['roi'], by: ['channel'], cell: { channel: null }, kind: 'value' });
    expect(behindIn('{')).toBeNull();
    expect(behindIn('[]')).toBeNull();
    expect(behindIn(undefined)).toBeNull();
  });

  it('keep period and workspace from screen to screen, but not what belongs to one', () => {
    expect(sharedOf({ workspace: '2', from: 'a', metric: 'x', behind: '{}' })).toEqual({ workspace: '2', from: 'a' });
    expect(patched({ a: '1', b: '2' }, { a: null, c: '3' })).toEqual({ b: '2', c: '3' });
  });
});

describe('advice', () => {
  const cell = (value: string | number | null) => ({ value }) as unknown as Figure;
  const answer = (rows: [Record<string, string | number | null>, Record<string, string | number | null>, string?][]) =>
    ({ rows: rows.map(([by, values, kind]) => ({ by, kind: kind ?? 'value', values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, cell(value)])) })) }) as unknown as Answer;

  it('names who loses money, if it is enough to matter, and who makes most', () => {
    const found = adviceOnReturns(
      answer([
        [{ channel: 'loser' }, { total_cost: '100', roi: '-0.5' }],
        [{ channel: 'tiny' }, { total_cost: '1', roi: '-0.9' }],
        [{ channel: 'winner' }, { total_cost: '200', roi: '3' }],
        [{ channel: 'blind' }, { total_cost: '50', roi: null }],
        [{ channel: null }, { total_cost: '7' }, 'unallocated'],
      ]),
    );
    expect(found.map((one) => [one.key, one.row?.by.channel])).toEqual([['losing', 'loser'], ['winning', 'winner'], ['unallocated', null]]);
  });

  it('names the hour of most missed calls, and the usual costs nobody entered', () => {
    expect(adviceOnMissed(answer([[{ hour: 9 }, { missed: 3 }], [{ hour: 20 }, { missed: 8 }]]))[0]?.row?.by.hour).toBe(20);
    expect(adviceOnMissed(answer([[{ hour: 9 }, { missed: 0 }]]))).toEqual([]);
    expect(adviceOnCosts(answer([[{ cost_kind: 'pay' }, { total_cost: '5' }], [{ cost_kind: 'ads' }, { total_cost: '0' }]])).map((one) => one.names?.kind)).toEqual(['call_charges', 'number_rent', 'ads', 'dialler']);
  });
});

describe('texts', () => {
  it('stand in both languages, with the same places for values', () => {
    const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();
    for (const [key, [zh, en]] of Object.entries(TEXTS)) {
      expect([zh, en].every((text) => text.trim() !== ''), key).toBe(true);
      expect(places(zh), key).toEqual(places(en));
    }
  });
});
