import { describe, expect, it } from 'vitest';
import type { Figure, Row } from '../src/api/client';
import { bottleneckOf, keptOf } from '../src/charts/funnel';
import { colourOf, contrast, gridOf, inkOn } from '../src/charts/heat';
import { daysOf, marksOf, spanOf, valuesAt } from '../src/charts/days';
import { COLOURS, barOption, trendOption, waterfallBars, waterfallOption } from '../src/charts/options';

const look = { dark: false, write: String };

function figure(value: number | null, n = 100): Figure {
  return { value, numerator: value, denominator: null, n, reason: null, behind: {}, small: false } as unknown as Figure;
}

function row(by: Row['by'], value: number | null, n = 100): Row {
  return { by, kind: 'value', values: { calls: figure(value, n) } };
}

describe('heat map', () => {
  const rows = [row({ weekday: 1, hour: 9 }, 10), row({ weekday: 7, hour: 23 }, 40), row({ weekday: 3, hour: 0 }, 900, 5), row({ weekday: 2, hour: 1 }, null)];
  const grid = gridOf(rows, 'calls', 30);
  const at = (weekday: number, hour: number) => grid.cells[hour * 7 + weekday - 1];

  it('puts each value at its weekday and hour', () => {
    expect(grid.cells).toHaveLength(168);
    expect(at(1, 9)).toMatchObject({ weekday: 1, hour: 9, value: 10 });
    expect(at(7, 23)).toMatchObject({ weekday: 7, hour: 23, value: 40 });
    expect(at(4, 4)?.figure).toBeUndefined();
  });

  it('colours by the value, and the scale begins at 0', () => {
    expect(at(1, 9)?.level).toBe(0.25);
    expect(at(7, 23)?.level).toBe(1);
  });

  it('leaves cells of too few facts grey, and they do not set the scale', () => {
    expect(at(3, 0)).toMatchObject({ small: true, level: null, value: 900 });
    expect(grid.most).toBe(40);
  });

  it('does not colour what is unknown', () => {
    expect(at(2, 1)).toMatchObject({ value: null, level: null });
  });

  it('deepens with the level in light, brightens in dark', () => {
    expect(colourOf(0, false)).toEqual([232, 240, 254]);
    expect(colourOf(1, false)).toEqual([9, 64, 160]);
    expect(colourOf(1, true)).toEqual([140, 190, 255]);
    expect(colourOf(7, false)).toEqual(colourOf(1, false));
  });

  it('writes on every colour so that it can be read', () => {
    for (const dark of [false, true]) {
      for (let step = 0; step <= 100; step += 1) {
        const colour = colourOf(step / 100, dark);
        expect(contrast(colour, inkOn(colour))).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe('waterfall', () => {
  const steps = [
    { name: 'revenue', amount: 100, total: true },
    { name: 'ads', amount: -30, total: false },
    { name: 'refund', amount: 5, total: false },
    { name: 'profit', amount: 75, total: true },
  ];

  it('hangs every step on the one before', () => {
    expect(waterfallBars(steps)).toEqual([
      { name: 'revenue', from: 0, to: 100, kind: 'total' },
      { name: 'ads', from: 100, to: 70, kind: 'loss' },
      { name: 'refund', from: 70, to: 75, kind: 'gain' },
      { name: 'profit', from: 0, to: 75, kind: 'total' },
    ]);
  });

  it('goes below 0 where costs are more than the revenue', () => {
    expect(waterfallBars([{ name: 'a', amount: 10, total: true }, { name: 'b', amount: -25, total: false }])[1]).toMatchObject({ from: 10, to: -15 });
  });

  it('paints bars where they are, in the colour of their kind', () => {
    const option = waterfallOption(steps, look) as { series: { data: { value: number[]; itemStyle: { color: string } }[]; renderItem: (none: unknown, api: unknown) => { shape: object; style: object } }[] };
    const series = option.series[0];
    expect(series?.data.map((bar) => bar.value)).toEqual([[0, 0, 100], [1, 100, 70], [2, 70, 75], [3, 0, 75]]);
    expect(series?.data.map((bar) => bar.itemStyle.color)).toEqual([COLOURS.total, COLOURS.loss, COLOURS.gain, COLOURS.total]);
    const values = [1, 100, 70];
    const api = { value: (place: number) => values[place], coord: ([x, y]: [number, number]) => [x * 100, 200 - y], size: () => [50, 0], visual: () => COLOURS.loss };
    expect(series?.renderItem({}, api)).toEqual({ type: 'rect', shape: { x: 85, y: 100, width: 30, height: 30 }, style: { fill: COLOURS.loss } });
  });
});

describe('lines and bars', () => {
  it('leaves a gap where a value is unknown, and the comparison is dashed and behind', () => {
    const option = trendOption(['a', 'b'], { name: 'now', values: [1, null] }, { name: 'before', values: [2, 3] }, look) as { xAxis: { data: string[] }; series: { name: string; data: unknown; connectNulls: boolean; lineStyle: { type: string; color: string } }[] };
    expect(option.xAxis.data).toEqual(['a', 'b']);
    expect(option.series.map((line) => line.name)).toEqual(['before', 'now']);
    expect(option.series[1]).toMatchObject({ data: [1, null], connectNulls: false, lineStyle: { type: 'solid', color: COLOURS.now } });
    expect(option.series[0]).toMatchObject({ lineStyle: { type: 'dashed', color: COLOURS.before } });
  });

  it('keeps the order of the bars from the top down', () => {
    const option = barOption(['first', 'second'], { name: 'x', values: [2, 1] }, look) as { yAxis: { data: string[]; inverse: boolean }; series: { data: number[] }[] };
    expect(option.yAxis).toMatchObject({ data: ['first', 'second'], inverse: true });
    expect(option.series[0]?.data).toEqual([2, 1]);
  });

  it('lays days upon days, and nothing is 0 only for what is counted', () => {
    expect(daysOf({ from: '2026-02-27', to: '2026-03-02' }, '2026-12-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
    expect(daysOf({ from: '2026-02-27', to: '2026-03-02' }, '2026-02-27')).toEqual(['2026-02-27']);
    const rows = [row({ day: 'x' }, 4)];
    expect(valuesAt(rows, 'day', ['x', 'y'], 'calls', true)).toEqual([4, 0]);
    expect(valuesAt(rows, 'day', ['x', 'y'], 'calls', false)).toEqual([4, null]);
  });
});

describe('funnel', () => {
  const steps = [{ key: 'a', count: 100 }, { key: 'b', count: 50 }, { key: 'c', count: 10 }, { key: 'd', count: null }];

  it('says what is left of the step before, and where most are lost', () => {
    expect(keptOf(steps, 0)).toBeNull();
    expect(keptOf(steps, 1)).toBe(0.5);
    expect(keptOf(steps, 3)).toBeNull();
    expect(bottleneckOf(steps)).toBe('c');
  });

  it('does not divide by nothing', () => {
    expect(keptOf([{ key: 'a', count: 0 }, { key: 'b', count: 0 }], 1)).toBeNull();
  });
});

describe('notes on an axis of time', () => {
  const note = (first_day: string, last_day = first_day) => ({ first_day, last_day });

  it('knows the days of each place', () => {
    expect(spanOf('day', '2026-02-28')).toEqual({ first: '2026-02-28', last: '2026-02-28' });
    expect(spanOf('week', '2026-W01')).toEqual({ first: '2025-12-29', last: '2026-01-04' });
    expect(spanOf('week', '2026-W53')).toEqual({ first: '2026-12-28', last: '2027-01-03' });
    expect(spanOf('month', '2024-02')).toEqual({ first: '2024-02-01', last: '2024-02-29' });
    expect(spanOf('quarter', '2026-Q4')).toEqual({ first: '2026-10-01', last: '2026-12-31' });
    for (const [cut, name] of [['month', '2026-13'], ['week', 'soon'], ['channel', 'baidu']] as const) expect(spanOf(cut, name)).toBeNull();
  });

  it('stand at the first place their days touch, by their number in the list', () => {
    const days = ['2026-03-02', '2026-03-03', '2026-03-04'];
    expect(marksOf([note('2026-03-03'), note('2026-02-20', '2026-03-09'), note('2026-04-01')], 'day', days)).toEqual([
      { name: '2026-03-03', label: '1' },
      { name: '2026-03-02', label: '2' },
    ]);
    const notes = [note('2026-05-20'), note('2026-05-31', '2026-06-02')];
    expect(marksOf(notes, 'month', ['2026-05', '2026-06'])).toEqual([{ name: '2026-05', label: '1, 2' }]);
    expect(marksOf(notes, 'week', ['2026-W21', '2026-W22'], ['21', '22'])).toEqual([{ name: '21', label: '1' }, { name: '22', label: '2' }]);
    expect(marksOf(notes, 'quarter', ['2026-Q1', '2026-Q2'])).toEqual([{ name: '2026-Q2', label: '1, 2' }]);
  });
});
