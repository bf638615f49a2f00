/** Shows each visitor a telephone number of its own, so that a call tells which visit it came from. */
import { type Forms, type Swap, original, same, swap, swapped } from './numbers';

interface Told { n: Record<string, Forms>; t: string; h: number; b: number }
interface Kept { g?: 1; s: string; t?: string; u: string; r: string; n: Record<string, Forms>; until: number; seen: number }

const KEY = 'huasuan', SKIP = 'data-huasuan-skip';
const VISIT_MS = 30 * 60_000, PATIENCE_MS = 3000, MOST_WRITES = 50;
const NOT_TEXT = /^(?:SCRIPT|STYLE|NOSCRIPT|INPUT|TEXTAREA|SELECT|OPTION|IFRAME|CODE|PRE)$/;
const CLICK = /[?&#](?:utm_\w+|gclid|gbraid|wbraid|bd_vid|qhclickid|clickid|msclkid|fbclid|qz_gdt|yclid)=/;
// The numbers GA4 (browser, session) and Yandex Metrica gave this browser; what calls bring is told to them under these.
const IDS = [/\b_ga=GA\d\.\d+\.(\d+\.\d+)/, /\b_ga_\w+=GS\d\.\d+\.s?(\d+)/, /\b_ym_uid=(\d+)/];

const tag = document.currentScript as HTMLScriptElement | null;

function run(tag: HTMLScriptElement) {
  const said = tag.dataset;
  const api = said.api ?? new URL('/api/v1/track', tag.src).href;
  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const store = (): Storage | null => {
    try {
      return said.storage === 'none' ? null : said.storage === 'local' ? localStorage : sessionStorage;
    } catch {
      return null;
    }
  };
  const written = new WeakMap<Node, number>();
  const shown = new Map<string, string>();
  // What stood there before us, and what we put in its place.
  const before = new WeakMap<Node, readonly [string, string]>();
  let swaps: Swap[] = [], kept: Kept, visitor: string, timer = 0, asking = false;

  function recall() {
    let last: Partial<Kept> & { v?: string } = {};
    try {
      last = JSON.parse(store()?.getItem(KEY) ?? '{}');
    } catch { /* what stands there is not ours */ }
    visitor = last.v ?? random();
    const now = Date.now(), page = location.href;
    const same_ = last.s && now - (last.seen ?? 0) < VISIT_MS && (!CLICK.test(page) || page === last.u);
    kept = same_ ? (last as Kept) : { s: random(), u: page, r: document.referrer, n: {}, until: 0, seen: now };
    if (kept.until > now) use(kept.n);
  }

  function keep() {
    try {
      store()?.setItem(KEY, JSON.stringify({ ...kept, v: visitor }));
    } catch { /* full or forbidden: the page goes on without */ }
  }

  /** `lent` are shown from now on, also in place of what was shown before; the page's own number where none is lent. */
  function use(lent: Record<string, Forms>) {
    const numbers = { ...lent };
    for (const named of shown.values()) numbers[named] ??= original(named);
    for (const [named, forms] of Object.entries(numbers)) {
      shown.set(named, named);
      for (const [digits, key] of [...shown]) if (key === named && digits === forms[0]) shown.delete(digits);
    }
    swaps = [...shown].filter(([digits, key]) => lent[key] || digits !== key).map(([digits, key]) => swap(digits, numbers[key]!));
    for (const [named, forms] of Object.entries(numbers)) shown.set(forms[0], named);
    if (document.body) through(document.body);
  }

  async function ask(tapped = false) {
    if (asking && !tapped) return;
    asking = true;
    clearTimeout(timer);
    const control = new AbortController();
    const end = setTimeout(() => control.abort(), PATIENCE_MS);
    let again = 15, heard = false;
    try {
      const { s, t, u, r } = kept;
      const d = matchMedia('(pointer:coarse)').matches ? 'mobile' : 'desktop';
      const g = kept.g ? undefined : IDS.map((id) => id.exec(document.cookie)?.[1] ?? '').join('|');
      const ids = g && g.length > 2 ? g : undefined;
      const body = JSON.stringify({ k: said.site, v: visitor, s, t, u: u.slice(0, 2000), r: r.slice(0, 2000), d, c: tapped || undefined, g: ids, p: said.region });
      const answer = await fetch(api, { method: 'POST', body, credentials: 'omit', keepalive: tapped, signal: control.signal });
      if ((heard = answer.ok)) {
        const told = (await answer.json()) as Told;
        const now = Date.now();
        kept = { ...kept, g: kept.g ?? (ids ? 1 : undefined), t: told.t || kept.t, n: told.n, until: now + told.h * 1000, seen: now };
        again = told.b;
        keep();
        use(told.n);
      }
    } catch { /* slow or gone: what the page shows stays while it is lent */ }
    clearTimeout(end);
    // What was lent until then may be somebody else's by now.
    const left = (kept.until - Date.now()) / 1000;
    if (!heard && left > 0) again = Math.min(again, left);
    else if (!heard) use({});
    asking = false;
    timer = window.setTimeout(beat, again * 1000);
  }

  function beat() {
    if (document.visibilityState === 'visible') void ask();
  }

  function skipped(node: Node | null): boolean {
    const element = node instanceof Element ? node : node?.parentElement;
    return !!element && (!!element.closest(`[${SKIP}]`) || NOT_TEXT.test(element.tagName) || (element as HTMLElement).isContentEditable);
  }

  /** A page that writes the old number back for ever is left alone some day. */
  function may(node: Node): boolean {
    const times = (written.get(node) ?? 0) + 1;
    written.set(node, times);
    return times <= MOST_WRITES;
  }

  function first(node: Node, now: string): string {
    const [was, put] = before.get(node) ?? [];
    return put === now ? was! : now;
  }

  function text(node: Text) {
    if (node.data.length < 5 || !/[\d０-９]/.test(node.data) || skipped(node)) return;
    const was = first(node, node.data), now = swapped(was, swaps);
    if (now === node.data || !may(node)) return;
    before.set(node, [was, now]);
    node.data = now;
  }

  function link(element: Element) {
    const href = element.getAttribute('href') ?? '', was = first(element, href);
    const parts = /^(tel:)([^,;?pw]+)(.*)$/i.exec(was);
    if (!parts || skipped(element)) return;
    let number = parts[2]!;
    try {
      number = decodeURIComponent(number);
    } catch { /* a lone % */ }
    const one = swaps.find((each) => same(number, each));
    const now = one ? parts[1]! + (/^(?:\+|00)/.test(number.trim()) ? one.forms[1] : one.forms[0]) + parts[3]! : was;
    if (now === href || !may(element)) return;
    before.set(element, [was, now]);
    element.setAttribute('href', now);
  }

  function through(root: Node) {
    if (!swaps.length) return;
    if (root instanceof Text) return text(root);
    if (!(root instanceof Element) || skipped(root)) return;
    if (root.matches('a[href]')) link(root);
    root.querySelectorAll('a[href]').forEach(link);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) text(node as Text);
  }

  function begin() {
    recall();
    new MutationObserver((records) => {
      for (const { type, target, addedNodes } of records) {
        if (type === 'childList') addedNodes.forEach(through);
        else if (type === 'attributes') link(target as Element);
        else text(target as Text);
      }
    }).observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['href'] });
    document.addEventListener('DOMContentLoaded', () => through(document.body));
    document.addEventListener('visibilitychange', beat);
    window.addEventListener('pageshow', (event) => event.persisted && beat());
    document.addEventListener('click', (event) => {
      const target = event.target instanceof Element ? event.target.closest('a[href^="tel:" i]') : null;
      if (target && !skipped(target)) void ask(true);
    }, true);
    void ask();
  }

  let begun = false;
  const start = () => {
    if (begun) return;
    begun = true;
    // A page that is only prepared in case it is wanted is no visit.
    if ((document as { prerendering?: boolean }).prerendering) document.addEventListener('prerenderingchange', begin, { once: true });
    else begin();
  };
  const own = {
    agreed: said.consent !== 'required',
    /** For the other script of ours on the page: which visit it is, once it began. */
    visit: () => (begun ? kept?.s : undefined),
    consent: () => {
      own.agreed = true;
      start();
      document.dispatchEvent(new Event('huasuan:consent'));
    },
  };
  (window as unknown as Record<string, unknown>).huasuan = own;
  if (!own.agreed) document.addEventListener('huasuan:consent', () => { own.agreed = true; start(); }, { once: true });
  else start();
}

if (tag?.dataset.site && !(KEY in window)) run(tag);
