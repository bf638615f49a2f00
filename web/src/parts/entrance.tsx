import { Button } from 'antd';
import type { ReactNode } from 'react';
import { keepLanguage, useTexts } from '../texts/language';

/** The frame of the pages before one is signed in. */
export function Entrance({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  const { say, language } = useTexts();
  const other = language === 'zh' ? 'en' : 'zh';
  return (
    <section className="entrance-box">
      <p className="brand"><img src="/icon.svg" alt="" width="28" height="28" /> {say('app.name')}</p>
      <h1>{title}</h1>
      {hint === undefined ? null : <p className="hint">{hint}</p>}
      {children}
      <p className="switch-language">
        <Button type="link" lang={other === 'zh' ? 'zh-CN' : 'en'} onClick={() => keepLanguage(other)}>{say('app.language')}</Button>
      </p>
    </section>
  );
}

let kept: string | null = null;

/** The token of a link stands behind the #, which browsers send to nobody; it is taken out of the address at once. */
export function tokenInAddress(): string | null {
  const found = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (found !== null) {
    kept = found;
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }
  return kept;
}
