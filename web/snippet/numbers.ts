/** Finding a telephone number in text however it is written, and writing another in its place. */

/** A number as the service writes it: as dialled at home, with its country, as people read it. */
export type Forms = readonly [home: string, world: string, read: string];

const GAP = '[\\s\\u00a0.()（）·\\-‐-―－]{0,4}';
const CODE = `(?:(?:[+＋]|00)\\d{1,3}${GAP}|86${GAP})?`;
/** What stands right before or after shows that the digits belong to something else: an order number, a code. */
const BEFORE = /[A-Za-z\d_#=]$|\d[-._－]$/;
const AFTER = /^(?:[A-Za-z\d_]|[-._－]\d)/;
const WIDE = /[０-９]/g;

const digits = (text: string) => text.replace(/\D/g, '');
const moved = (by: number) => (digit: string) => String.fromCharCode(digit.charCodeAt(0) + by);
/** Full-width digits as plain ones; no text becomes longer or shorter. */
const plain = (text: string) => text.replace(WIDE, moved(-0xfee0));

export interface Swap {
  find: RegExp;
  forms: Forms;
}

const core = (number: string) => number.replace(/^(?:0086|86(?=\d{10}))?0?/, '');

/** The page's own number, for where another was put in its place and nobody knows how it was written. */
export const original = (named: string): Forms => [named, `+86${core(named)}`, named];

/** `number`: the digits of the number to be replaced, as the pages name it. */
export function swap(number: string, forms: Forms): Swap {
  return { find: new RegExp(`${CODE}[(（]?0?${GAP}${[...core(number)].join(GAP)}`, 'g'), forms };
}

/** The text with every number replaced that is one; the same text if none is. */
export function swapped(text: string, swaps: readonly Swap[]): string {
  for (const one of swaps) {
    let done = 0, now = '';
    const whole = plain(text);
    for (const { 0: found, index } of whole.matchAll(one.find)) {
      const lead = /^[\s.·\-‐-―－]*/.exec(found)![0];
      const from = index + lead.length, to = index + found.length;
      if (BEFORE.test(whole.slice(0, from)) || AFTER.test(whole.slice(to))) continue;
      const old = text.slice(from, to), put = like(whole.slice(from, to), one.forms);
      now += text.slice(done, from) + (plain(old) === old ? put : put.replace(/\d/g, moved(0xfee0)));
      done = to;
    }
    text = now + text.slice(done);
  }
  return text;
}

/** Whether nothing but the number stands there, as in the address of a link. */
export function same(text: string, one: Swap): boolean {
  const found = text.match(one.find);
  return found?.length === 1 && digits(found[0]) === digits(text);
}

/** The new number written the way the old one was. */
function like(old: string, [home, world, read]: Forms): string {
  const abroad = /^(?:[+＋]|00|86)/.exec(old);
  const now = abroad ? (abroad[0] === '00' ? '00' : '') + digits(world) : home;
  const had = digits(old);
  if (had === now) return old;
  if (had.length === now.length) {
    let at = 0;
    return old.replace(/\d/g, () => now[at++]!);
  }
  const bare = !/\D/.test(old.replace(/^[+＋]/, ''));
  if (abroad) return bare || world.slice(0, 3) !== '+86' ? world : `+86 ${read.replace(/^0/, '')}`;
  const open = /^[(（]/.test(old) && !/[)）]/.test(old) ? old[0] : '';
  return open + (bare ? home : read);
}
