import { type Me, api, got } from '../api/client';
import { keepTheme, themeOf } from '../parts/theme';
import { keepLanguage } from '../texts/language';

/** Language and theme belong to the person, not to the browser: written down with the account. */
export async function keptInProfile(wishes: { language?: 'zh' | 'en'; theme?: 'auto' | 'light' | 'dark' }): Promise<void> {
  await got(api.PATCH('/api/v1/me', { body: wishes }));
}

let applied: number | null = null;

/** Once for each account that signs in: its wishes hold, unless the address says otherwise. */
export function applyProfile(me: Me): void {
  if (applied === me.id) return;
  applied = me.id;
  const address = new URLSearchParams(window.location.search);
  if (address.get('lang') === null) keepLanguage(me.language === 'en' ? 'en' : 'zh');
  if (address.get('theme') === null && me.theme !== 'auto') keepTheme(themeOf(me.theme));
}
