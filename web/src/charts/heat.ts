import type { Figure, Row } from '../api/client';

/** One cell of hour × weekday. `level` is 0…1 of the largest value; null where there is nothing to colour. */
export interface Cell {
  weekday: number;
  hour: number;
  figure: Figure | undefined;
  value: number | null;
  level: number | null;
  small: boolean;
}

export interface Grid {
  cells: Cell[];
  least: number;
  most: number;
}

/** Cells by weekday and hour; those of too few facts are grey and do not set the scale. */
export function gridOf(rows: readonly Row[], metric: string, smallBelow: number): Grid {
  const found = new Map<string, Figure>();
  for (const row of rows) {
    if (row.kind !== 'value') continue;
    const figure = row.values[metric];
    if (figure !== undefined) found.set(`${row.by.weekday}-${row.by.hour}`, figure);
  }
  const cells: Cell[] = [];
  for (let hour = 0; hour < 24; hour += 1) {
    for (let weekday = 1; weekday <= 7; weekday += 1) {
      const figure = found.get(`${weekday}-${hour}`);
      const value = figure?.value === null || figure?.value === undefined ? null : Number(figure.value);
      const small = figure !== undefined && (figure.small || sampleOf(figure) < smallBelow);
      cells.push({ weekday, hour, figure, value, level: null, small });
    }
  }
  const scale = cells.filter((cell) => cell.value !== null && !cell.small).map((cell) => cell.value as number);
  const least = Math.min(0, ...scale);
  const most = Math.max(0, ...scale);
  const span = most - least;
  for (const cell of cells) {
    if (cell.value !== null && !cell.small && span > 0) cell.level = (cell.value - least) / span;
  }
  return { cells, least, most };
}

/** How many facts a cell is made of: of a quotient, how many it was divided by. */
function sampleOf(figure: Figure): number {
  return figure.n;
}

type Colour = readonly [number, number, number];
// From pale to deep, one hue, so that the order is seen without telling colours apart.
const LIGHT: readonly Colour[] = [[232, 240, 254], [9, 64, 160]];
const DARK: readonly Colour[] = [[28, 38, 54], [140, 190, 255]];

export function colourOf(level: number, dark: boolean): Colour {
  const [from, to] = dark ? DARK : LIGHT;
  const at = Math.min(1, Math.max(0, level));
  return [0, 1, 2].map((part) => Math.round((from?.[part] ?? 0) + ((to?.[part] ?? 0) - (from?.[part] ?? 0)) * at)) as unknown as Colour;
}

export function css([red, green, blue]: Colour): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: Colour, other: Colour): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];

/** Black or white, whichever is read better on the colour. */
export function inkOn(colour: Colour): Colour {
  return contrast(colour, WHITE) >= contrast(colour, BLACK) ? WHITE : BLACK;
}
