import i18next from 'i18next';
import { useCallback } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Both } from '../api/client';
import type { Language } from '../app/format';
import { TEXTS, type TextKey } from './texts';

const KEPT = 'huasuan.language';

function resources(): Record<Language, { translation: Record<string, string> }> {
  const zh: Record<string, string> = {};
  const en: Record<string, string> = {};
  for (const [key, [chinese, english]] of Object.entries(TEXTS)) {
    zh[key] = chinese;
    en[key] = english;
  }
  return { zh: { translation: zh }, en: { translation: en } };
}

export function languageIn(search: string): Language {
  const wanted = new URLSearchParams(search).get('lang') ?? window.localStorage.getItem(KEPT);
  return wanted === 'en' ? 'en' : 'zh';
}

export function keepLanguage(language: Language): void {
  window.localStorage.setItem(KEPT, language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  void i18next.changeLanguage(language);
}

export function beginTexts(): void {
  const lng = languageIn(window.location.search);
  void i18next.use(initReactI18next).init({
    lng,
    resources: resources(),
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  document.documentElement.lang = lng === 'zh' ? 'zh-CN' : 'en';
}

export interface Say {
  (key: TextKey, values?: Record<string, unknown>): string;
}

/** The beginning of keys there are, which the compiler looks up as it does whole keys. */
type Family<P extends string> = [Extract<TextKey, `${P}.${string}`>] extends [never] ? never : P;

/** A code of the service in the reader's language: our name for it, else the code, since new ones and a business's own come. */
export function codeText<P extends string>(say: Say, family: P & Family<P>, code: string | number): string {
  return ownText(say, `${family}.${code}`) ?? String(code);
}

/** Our text of a key that may not be there. */
export function ownText(say: Say, key: string): string | undefined {
  return Object.hasOwn(TEXTS, key) ? say(key as TextKey) : undefined;
}

/** The reader's language: texts of ours by key, texts of the service by their own two languages. */
export function useTexts(): { say: Say; read: (text: Both | null | undefined) => string; language: Language } {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === 'en' ? 'en' : 'zh';
  const say: Say = useCallback((key, values) => String(t(key, values ?? {})), [t]);
  return { say, read: (text) => text?.[language] ?? '', language };
}
