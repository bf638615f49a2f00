/** Puts a form of huasuan in place of `<div data-huasuan-form="KEY">`, in the language of the page. */

interface Asked { language: 'zh' | 'en'; title: string; fields: { name: string; label: string; required: boolean }[]; consent: string; send: string; thanks: string; failed: string; trap: string }

const script = document.currentScript as HTMLScriptElement | null;

function make<K extends keyof HTMLElementTagNameMap>(name: K, about: Partial<HTMLElementTagNameMap[K]>, ...children: Node[]): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(name), about);
  element.append(...children);
  return element;
}

/** The visit as the tracking snippet keeps it, where the page has that and may keep anything. */
function visit(): { v?: string; u?: string; r?: string } {
  for (const place of ['sessionStorage', 'localStorage'] as const) {
    try {
      const kept = JSON.parse(window[place].getItem('huasuan') ?? 'null');
      if (kept) return kept;
    } catch { /* forbidden, or not ours */ }
  }
  return {};
}

async function put(place: HTMLElement, api: string) {
  const said = place.dataset.lang ?? document.documentElement.lang;
  const wanted = /^zh|^$/i.test(said) ? 'zh' : 'en';
  const address = new URL(`/api/v1/form/${encodeURIComponent(place.dataset.huasuanForm ?? '')}`, api).href;
  const answer = await fetch(`${address}?lang=${wanted}`, { credentials: 'omit' });
  if (!answer.ok) return;
  const asked = (await answer.json()) as Asked;
  const { language } = asked;
  const once = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const note = make('p', { className: 'huasuan-note' });
  note.setAttribute('role', 'status');
  const inputs = asked.fields.map(({ name, label, required }) => {
    const input = make('input', { name, required, type: name === 'phone' ? 'tel' : name === 'email' ? 'email' : 'text', maxLength: name === 'interest' ? 500 : 200 });
    return { input, label: make('label', {}, document.createTextNode(`${label} `), input) };
  });
  // Nobody sees it; programs fill in everything there is.
  const trap = make('input', { name: asked.trap, tabIndex: -1, autocomplete: 'off' });
  trap.setAttribute('aria-hidden', 'true');
  trap.style.cssText = 'position:absolute;left:-9999px;width:1px;height:1px';
  const tick = make('input', { type: 'checkbox', required: true });
  const button = make('button', { type: 'submit', textContent: asked.send });
  const form = make('form', { className: 'huasuan-form', lang: language });
  if (asked.title) form.append(make('h3', { textContent: asked.title }));
  form.append(...inputs.map(({ label }) => label), trap, make('label', { className: 'huasuan-consent' }, tick, document.createTextNode(` ${asked.consent}`)), button, note);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  place.replaceChildren(form);

  async function send() {
    button.disabled = true;
    const { v, u, r } = visit();
    const fields = Object.fromEntries([...inputs.map(({ input }) => input), trap].map(({ name, value }) => [name, value]));
    const body = JSON.stringify({ fields, agreed: tick.checked, language, page: (u ?? location.href).slice(0, 4000), referrer: (u ? r ?? '' : document.referrer).slice(0, 4000), visitor: v ?? '', once });
    let failed = asked.failed;
    try {
      const answer = await fetch(address, { method: 'POST', body, credentials: 'omit' });
      if (answer.ok) {
        form.replaceChildren(note);
        note.textContent = asked.thanks;
        return;
      }
      const problem = (await answer.json()) as { text?: Record<string, string>; remedy?: Record<string, string> | null };
      failed = [problem.text?.[language], problem.remedy?.[language]].filter(Boolean).join(language === 'zh' ? '。' : '. ') || failed;
    } catch { /* the note says so */ }
    note.setAttribute('role', 'alert');
    note.textContent = failed;
    button.disabled = false;
  }
}

function begin(api: string) {
  for (const place of document.querySelectorAll<HTMLElement>('[data-huasuan-form]')) void put(place, api).catch(() => undefined);
}

if (script) {
  const api = script.dataset.api ?? script.src;
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => begin(api));
  else begin(api);
}
