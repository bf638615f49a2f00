import i18next from 'i18next';
import { useCallback } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Both } from '../api/client';
import type { Language } from '../app/format';
import { TEXTS } from './texts';

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
  (key: string, values?: Record<string, unknown>): string;
}

/** The reader's language: texts of ours by key, texts of the service by their own two languages. */
export function useTexts(): { say: Say; read: (text: Both | null | undefined) => string; language: Language } {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === 'en' ? 'en' : 'zh';
  const say: Say = useCallback((key, values) => String(t(key, values ?? {})), [t]);
  return { say, read: (text) => text?.[language] ?? '', language };
}
