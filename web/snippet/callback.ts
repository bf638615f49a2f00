/** A button on somebody's page: leave a number, be called back. Without an answer of the service the page has no button. */
import { CSS, WORDS } from './callback-words';

interface Told { off?: boolean; c?: string[]; f?: string; o?: boolean; w?: [number, number][]; x?: string; p?: string; e?: { zh: string; en: string }; at?: number }
type Known = { visit?: () => string | undefined; agreed?: boolean } | undefined;

const PATIENCE_MS = 3000, SEND_MS = 8000, FRESH_MS = 30 * 60_000, STEP = 1800, MOST_TIMES = 60;
const GLOBAL = 'huasuanCallback';
const tag = document.currentScript as HTMLScriptElement | null;

function run(tag: HTMLScriptElement) {
  const said = tag.dataset;
  const api = said.api ?? new URL('/api/v1/callback', tag.src).href;
  const lang = (said.lang ?? document.documentElement.lang) || 'zh';
  const at = /^zh/i.test(lang) ? 0 : 1;
  const word = (name: keyof typeof WORDS) => WORDS[name][at]!;
  const moment = new Intl.DateTimeFormat(at ? 'en-GB' : 'zh-CN', { month: 'numeric', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false });

  /** The words of the service, or null where it is slow, gone or at odds. */
  async function ask(more: object, patience: number): Promise<Told | null> {
    const control = new AbortController();
    const end = setTimeout(() => control.abort(), patience);
    try {
      const body = JSON.stringify({ k: said.site, s: ((window as never)['huasuan'] as Known)?.visit?.(), l: at ? 'en' : 'zh', ...more });
      const answer = await fetch(api, { method: 'POST', body, credentials: 'omit', signal: control.signal });
      const told = (await answer.json()) as Told;
      return answer.ok || told.e ? told : null;
    } catch {
      return null;
    } finally {
      clearTimeout(end);
    }
  }

  function make<K extends keyof HTMLElementTagNameMap>(name: K, set: Partial<HTMLElementTagNameMap[K]> & { role?: string }, ...inside: (Node | string)[]): HTMLElementTagNameMap[K] {
    const element = Object.assign(document.createElement(name), set);
    element.append(...inside);
    return element;
  }

  function show(told: Told) {
    let asked = Date.now();
    const host = make('div', { id: 'huasuan-callback', lang: at ? 'en' : 'zh-CN' });
    const root = host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    const open = make('button', { type: 'button', className: 'open', textContent: word('open') });
    const state = make('p', { role: 'status' });
    const form = make('form', { noValidate: true });
    const close = make('button', { type: 'button', className: 'close', ariaLabel: word('close'), textContent: '×' });
    const box = make('div', { role: 'dialog', className: 'box', ariaLabel: word('open'), hidden: true }, close, make('h2', { textContent: word('title') }), state, form);
    if (said.side === 'left') host.className = box.className += ' left';
    root.append(open, box);

    /** `instead`: the number to call where nothing else helps. */
    function tell(text: string, instead?: string[]) {
      state.replaceChildren(text);
      if (instead?.[1]) state.append(' ', make('a', { href: `tel:${instead[1]}`, textContent: instead[2] ?? instead[1] }));
    }

    function fill() {
      form.hidden = !told.f;
      if (!told.f) return tell(word('instead'), told.c);
      const number = make('input', { type: 'tel', name: 'number', autocomplete: 'tel', required: true, maxLength: 40 });
      const when = make('select', { name: 'when' }, ...times(told).map(([value, text]) => make('option', { value, textContent: text })));
      const send = make('button', { type: 'submit', textContent: word('send') });
      const notice = make('small', {}, word('notice'), ...(told.x ? [' ', told.x] : []));
      if (told.p) notice.append(' ', make('a', { href: told.p, target: '_blank', rel: 'noopener', textContent: word('privacy') }));
      form.replaceChildren(make('label', {}, word('number'), number), make('label', {}, word('when'), when), notice, send);
      form.onsubmit = (event) => {
        event.preventDefault();
        void submit(number, when, send);
      };
    }

    async function submit(number: HTMLInputElement, when: HTMLSelectElement, send: HTMLButtonElement) {
      if (number.value.replace(/\D/g, '').length < 7) {
        number.ariaInvalid = 'true';
        number.focus();
        return tell(word('wrong'));
      }
      send.disabled = true;
      tell(word('sending'));
      const answer = await ask({ n: number.value, a: when.value ? +when.value : undefined, f: told.f }, SEND_MS);
      send.disabled = false;
      if (answer?.at) {
        // The box keeps its size: nothing on a page may move because of us.
        box.style.minHeight = `${box.offsetHeight}px`;
        form.hidden = true;
        close.focus();
        tell(answer.at * 1000 - Date.now() < 120_000 ? word('soon') : word('then').replace('{}', moment.format(answer.at * 1000)), answer.c);
      } else if (answer?.e) tell(at ? answer.e.en : answer.e.zh);
      else tell(word(answer ? 'instead' : 'failed'), told.c);
    }

    /** Half hours in which somebody is there; at once only while that is now. */
    function times(told: Told): [string, string][] {
      const now = Date.now() / 1000, found: [string, string][] = told.o ? [['', word('now')]] : [];
      const open = told.w?.length ? told.w : [[now, now + 86_400] as [number, number]];
      for (const [from, to] of open)
        for (let time = Math.ceil(Math.max(from, now + 600) / STEP) * STEP; time < to && found.length < MOST_TIMES; time += STEP) found.push([`${time}`, moment.format(time * 1000)]);
      return found.length ? found : [['', word('now')]];
    }

    const shut = () => {
      box.hidden = true;
      open.ariaExpanded = 'false';
      open.focus();
    };
    open.ariaExpanded = 'false';
    open.onclick = async () => {
      if (!box.hidden) return shut();
      if (Date.now() - asked > FRESH_MS) {
        told = (await ask({}, PATIENCE_MS)) ?? told;
        asked = Date.now();
        fill();
      }
      box.hidden = false;
      open.ariaExpanded = 'true';
      (form.querySelector('input') ?? close).focus();
    };
    close.onclick = shut;
    box.onkeydown = (event) => event.key === 'Escape' && shut();
    fill();
    document.body.append(host);
  }

  async function begin() {
    // Without these no style could be set under a strict policy: the page then has its numbers alone.
    if (!('adoptedStyleSheets' in document)) return;
    const told = await ask({}, PATIENCE_MS);
    if (told && !told.off && told.c) show(told);
  }

  let begun = false;
  const start = () => {
    if (begun) return;
    begun = true;
    if (document.body) void begin();
    else document.addEventListener('DOMContentLoaded', () => void begin(), { once: true });
  };
  (window as unknown as Record<string, unknown>)[GLOBAL] = { consent: start };
  document.addEventListener('huasuan:consent', start, { once: true });
  if (said.consent !== 'required' || ((window as never)['huasuan'] as Known)?.agreed) start();
}

if (tag?.dataset.site && !(GLOBAL in window)) run(tag);
