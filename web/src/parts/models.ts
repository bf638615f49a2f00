import type { Say } from '../texts/language';

/** Attribution models as the service writes them: `model[:numbers][@days]`. */
export const MODELS = ['first', 'last', 'last-non-direct', 'linear', 'position', 'time-decay', 'stages', 'markov', 'shapley'] as const;
export const USUAL = ['first', 'last-non-direct', 'linear', 'position', 'time-decay', 'markov', 'shapley'];

export interface Numbers {
  half: number;
  first: number;
  last: number;
  /** Of the Markov chain, 1 to 3. */
  order: number;
  stages: Stages;
}

/** Where the shares of first touch, lead and sale end, in percent of the whole; what is left is shared evenly. */
export interface Stages {
  ends: [number, number, number];
  /** Half-lives in days over the touches before the lead and before the sale; 0: all to the touch just before. */
  lead: number;
  won: number;
}

/** The shares of first touch, lead, sale and all touches. */
export function sharesOf({ ends: [first, lead, won] }: Stages): [number, number, number, number] {
  return [first, lead - first, won - lead, 100 - won];
}

/** A model with its free numbers, as a question names it. */
export function writtenModel(model: string, numbers: Numbers): string {
  if (model === 'position') return `position:${numbers.first}/${numbers.last}`;
  if (model === 'time-decay') return `time-decay:${numbers.half}`;
  if (model === 'stages') {
    const [first, lead, won, rest] = sharesOf(numbers.stages);
    const spread = (days: number) => (days === 0 ? '' : `~${days}`);
    return `stages:${first}/${lead}${spread(numbers.stages.lead)}/${won}${spread(numbers.stages.won)}/${rest}`;
  }
  if (model === 'markov' && numbers.order > 1) return `markov:${numbers.order}`;
  return model;
}

/** The name of a model in the reader's language; one of a package keeps its own. */
export function modelName(say: Say, written: string): string {
  const model = written.split(/[:@]/)[0] ?? written;
  const known = MODELS.find((one) => one === model);
  return known === undefined ? model : say(`models.${known}`);
}

/** Where two models differ most about a step, in parts of the whole; null where they differ by less than a twentieth. */
export function mostDisputed(rows: readonly { step: string | null; value: readonly string[] }[]): { row: number; low: number; high: number } | null {
  const whole = rows.reduce((sum, row) => sum + Number(row.value[0] ?? 0), 0);
  let found: { row: number; low: number; high: number } | null = null;
  let widest = whole / 20;
  rows.forEach((row, place) => {
    const values = row.value.map(Number);
    if (row.step === null || values.length === 0) return;
    const [low, high] = [Math.min(...values), Math.max(...values)];
    if (high - low > widest) {
      widest = high - low;
      found = { row: place, low: values.indexOf(low), high: values.indexOf(high) };
    }
  });
  return found;
}
