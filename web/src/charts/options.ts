import type { EChartsCoreOption } from 'echarts/core';

export interface Look {
  dark: boolean;
  write: (value: number) => string;
}

const INK = { light: '#1f2733', dark: '#dfe6ef' };
const GRID = { light: '#dde3ea', dark: '#2d3642' };
export const COLOURS = { now: '#1668dc', before: '#8d99a8', gain: '#2f8f4e', loss: '#c2410c', total: '#1668dc' };

function frame({ dark, write }: Look): EChartsCoreOption {
  const ink = dark ? INK.dark : INK.light;
  return {
    animation: false,
    textStyle: { color: ink, fontFamily: 'inherit' },
    // Rich text is painted on the canvas: html would need inline styles, which our policy refuses.
    tooltip: { trigger: 'axis', renderMode: 'richText', confine: true, valueFormatter: (value: unknown) => (typeof value === 'number' ? write(value) : '—') },
    grid: { left: 8, right: 16, top: 32, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    aria: { enabled: true, decal: { show: false } },
  };
}

function axes({ dark, write }: Look, names: string[]) {
  const ink = dark ? INK.dark : INK.light;
  const line = { lineStyle: { color: dark ? GRID.dark : GRID.light } };
  return {
    category: { type: 'category', data: names, axisLabel: { color: ink, hideOverlap: true }, axisLine: line, axisTick: { show: false } },
    value: { type: 'value', axisLabel: { color: ink, formatter: (value: number) => write(value) }, splitLine: line },
  };
}

export interface Line {
  name: string;
  values: (number | null)[];
}

/** A note at a day that stands on the axis, by its number in the list beside the chart. */
export interface Mark {
  name: string;
  label: string;
}

/** Lines over days; what is unknown leaves a gap, the comparison is dashed and grey. */
export function trendOption(days: string[], now: Line, before: Line | null, look: Look, marks: readonly Mark[] = []): EChartsCoreOption {
  const { category, value } = axes(look, days);
  const series = [before, now]
    .filter((line): line is Line => line !== null)
    .map((line) => {
      const isNow = line === now;
      const color = isNow ? COLOURS.now : COLOURS.before;
      return {
        type: 'line', name: line.name, data: line.values, connectNulls: false, showSymbol: days.length < 40, symbolSize: 5, color,
        lineStyle: { color, width: isNow ? 2.5 : 1.5, type: isNow ? 'solid' : 'dashed' },
        itemStyle: { color },
        ...(isNow && marks.length > 0 ? { markLine: markLine(marks, look) } : {}),
      };
    });
  return { ...frame(look), legend: { top: 0, right: 0, textStyle: { color: look.dark ? INK.dark : INK.light } }, xAxis: category, yAxis: value, series };
}

function markLine(marks: readonly Mark[], { dark }: Look) {
  const ink = dark ? INK.dark : INK.light;
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: COLOURS.loss, type: 'dotted', width: 1.5 },
    label: { color: ink, formatter: ({ name }: { name: string }) => name, position: 'end', distance: 2 },
    data: marks.map((mark) => ({ xAxis: mark.name, name: mark.label })),
  };
}

/** Bars from the top down in the order given; unknown ones have none. */
export function barOption(names: string[], line: Line, look: Look): EChartsCoreOption {
  const { category, value } = axes(look, names);
  return {
    ...frame(look),
    xAxis: value,
    yAxis: { ...category, inverse: true, axisLabel: { ...category.axisLabel, width: 120, overflow: 'truncate' } },
    series: [{ type: 'bar', name: line.name, data: line.values, itemStyle: { color: COLOURS.now }, barMaxWidth: 22 }],
  };
}

export interface Step {
  name: string;
  /** What the step adds, a cost being negative; for a total where the bar ends. */
  amount: number;
  total: boolean;
}

export interface Bar {
  name: string;
  from: number;
  to: number;
  kind: 'gain' | 'loss' | 'total';
}

/** Where each bar of a waterfall begins and ends: steps hang on what came before, totals stand on 0. */
export function waterfallBars(steps: readonly Step[]): Bar[] {
  let level = 0;
  return steps.map(({ name, amount, total }) => {
    if (total) {
      level = amount;
      return { name, from: 0, to: amount, kind: 'total' as const };
    }
    const from = level;
    level += amount;
    return { name, from, to: level, kind: amount >= 0 ? ('gain' as const) : ('loss' as const) };
  });
}

/** A waterfall as boxes painted from `from` to `to`, so that no invisible helper bar can ever be seen. */
export function waterfallOption(steps: readonly Step[], look: Look): EChartsCoreOption {
  const bars = waterfallBars(steps);
  const { category, value } = axes(look, bars.map((bar) => bar.name));
  return {
    ...frame(look),
    tooltip: { trigger: 'item', renderMode: 'richText', confine: true, formatter: ({ dataIndex }: { dataIndex: number }) => `${steps[dataIndex]?.name}: ${look.write(steps[dataIndex]?.amount ?? 0)}` },
    xAxis: { ...category, axisLabel: { ...category.axisLabel, interval: 0, hideOverlap: false, rotate: bars.length > 6 ? 40 : 0 } },
    yAxis: value,
    series: [
      {
        type: 'custom',
        renderItem: paintBar,
        encode: { x: 0, y: [1, 2] },
        data: bars.map((bar, index) => ({ value: [index, bar.from, bar.to], itemStyle: { color: COLOURS[bar.kind] } })),
      },
    ],
  };
}

interface Paint {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
  size: (extent: [number, number]) => [number, number];
  visual: (name: string) => unknown;
}

function paintBar(_: unknown, api: Paint) {
  const [x, top] = api.coord([api.value(0), Math.max(api.value(1), api.value(2))]);
  const [, bottom] = api.coord([api.value(0), Math.min(api.value(1), api.value(2))]);
  const width = Math.min(48, api.size([1, 0])[0] * 0.6);
  return { type: 'rect', shape: { x: x - width / 2, y: top, width, height: Math.max(1, bottom - top) }, style: { fill: api.visual('color') } };
}
