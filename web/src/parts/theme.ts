import { type ThemeConfig, theme as antd } from 'antd';
import { create } from './store';

export type Theme = 'light' | 'dark';
const KEPT = 'huasuan.theme';

export function themeIn(search: string): Theme {
  const wanted = new URLSearchParams(search).get('theme') ?? window.localStorage.getItem(KEPT);
  return themeOf(wanted ?? 'auto');
}

/** Light or dark for a wish; whoever has none gets what the machine is set to. */
export function themeOf(wish: string): Theme {
  if (wish === 'dark' || wish === 'light') return wish;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export const themeStore = create<Theme>('light');

export function keepTheme(theme: Theme, keep = true): void {
  if (keep) window.localStorage.setItem(KEPT, theme);
  document.documentElement.dataset.theme = theme;
  themeStore.set(theme);
}

// Contrast of text at least 4.5 to 1 in both themes; the library's own greys have less.
const LIGHT: ThemeConfig['token'] = {
  colorPrimary: '#0958d9',
  colorLink: '#0958d9',
  colorTextDescription: 'rgba(0,0,0,0.65)',
  colorTextPlaceholder: 'rgba(0,0,0,0.6)',
  colorTextTertiary: 'rgba(0,0,0,0.62)',
  colorTextDisabled: 'rgba(0,0,0,0.58)',
  colorError: '#cf1322',
  colorBgLayout: '#f4f6f9',
};
const DARK: ThemeConfig['token'] = {
  colorPrimary: '#1668dc',
  colorError: '#ff7875',
  colorLink: '#8cbfff',
  colorLinkHover: '#b3d6ff',
  colorTextDescription: 'rgba(255,255,255,0.75)',
  colorTextPlaceholder: 'rgba(255,255,255,0.65)',
  colorTextTertiary: 'rgba(255,255,255,0.7)',
  colorTextDisabled: 'rgba(255,255,255,0.6)',
  colorBgLayout: '#0e1116',
  colorBgBase: '#14181f',
  colorBgContainer: '#171c24',
  colorBgElevated: '#202733',
  colorFillAlter: '#1d2430',
  colorBorderSecondary: '#2d3642',
};

export function themeConfig(theme: Theme): ThemeConfig {
  return {
    algorithm: theme === 'dark' ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      ...(theme === 'dark' ? DARK : LIGHT),
      borderRadius: 6,
      fontFamily:
        "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
    },
  };
}
