import { MenuOutlined, MoonOutlined, ReloadOutlined, SearchOutlined, StarOutlined, SunOutlined, UserOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { Button, ConfigProvider, Drawer, Select, Tooltip } from 'antd';
import en from 'antd/locale/en_GB';
import zh from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { Component, type ReactNode, Suspense, lazy, useEffect, useRef, useState } from 'react';
import { type Me, Problem, api, got } from '../api/client';
import { placeOf, useHealth, useKnown, useMe } from '../api/questions';
import { useRefresh } from '../parts/page';
import { SampleMark } from '../parts/sample';
import { ProblemNote, Wait } from '../parts/states';
import { keepTheme, themeConfig, themeIn, themeStore } from '../parts/theme';
import { keepLanguage, useTexts } from '../texts/language';
import { sharedOf, useAddress } from './address';
import { newsStore, useLive } from './live';
import { statePlace } from './place';
import { applyProfile, keptInProfile } from './profile';
import { SCREENS, isOpen } from './screens';

// What is not seen at first is not loaded at first.
const BehindDrawer = lazy(async () => ({ default: (await import('../parts/behind')).BehindDrawer }));
const ViewsDrawer = lazy(async () => ({ default: (await import('../parts/views')).ViewsDrawer }));
const JumpBox = lazy(async () => ({ default: (await import('./jump')).JumpBox }));
const ENTRANCES = ['/sign-in', '/set-up', '/invitation'];
const NONCE = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content;

export function Shell() {
  const { language } = useTexts();
  const theme = themeStore.use();
  const { pathname } = useLocation();
  useEffect(() => {
    dayjs.locale(language === 'zh' ? 'zh-cn' : 'en');
  }, [language]);
  return (
    <ConfigProvider locale={language === 'zh' ? zh : en} theme={themeConfig(theme)} csp={NONCE === undefined ? undefined : { nonce: NONCE }} wave={{ disabled: true }} button={{ autoInsertSpace: false }}>
      {ENTRANCES.includes(pathname) ? (
        <main id="content" className="entrance">
          <Suspense fallback={null}>
            <Outlet />
          </Suspense>
        </main>
      ) : (
        <SignedIn />
      )}
    </ConfigProvider>
  );
}

function SignedIn() {
  const me = useMe();
  const known = useKnown();
  const { search } = useAddress();
  const { pathname, searchStr } = useLocation();
  if (me.error instanceof Problem && me.error.status === 401) {
    const next = pathname === '/' && searchStr === '' ? undefined : `${pathname}${searchStr}`;
    return <Navigate to="/sign-in" search={{ ...(search.lang ? { lang: search.lang } : {}), ...(next ? { next } : {}) } as never} replace />;
  }
  return <Wait asked={me} height={400}>{(found) => <Frame me={found} ready={!known.isLoading} />}</Wait>;
}

function Frame({ me, ready }: { me: Me; ready: boolean }) {
  const { say } = useTexts();
  const { search, set } = useAddress();
  const [open, setOpen] = useState(false);
  const [jumping, setJumping] = useState(false);
  const [viewing, setViewing] = useState(false);
  useJumpKey(() => setJumping(true));
  const { pathname } = useLocation();
  const place = placeOf(me, search.workspace);
  if (place !== undefined) statePlace(place);
  useEffect(() => applyProfile(me), [me]);
  useLive(search.workspace, pathname, place?.rights.includes('figures.read') ?? false);
  useEffect(() => setOpen(false), [pathname]);
  // Whoever belongs to several workspaces names one in every address, so that it can be shared.
  const unnamed = me.workspaces.length > 1 && search.workspace === undefined && place !== undefined;
  useEffect(() => {
    if (unnamed) set({ workspace: String(place?.workspace) }, true);
  }, [unnamed, place, set]);
  const rights = new Set(place?.rights ?? []);
  if (unnamed) return null;
  // Whoever may see no figures of the business has a day of the own to look at.
  if (pathname === '/' && !rights.has('figures.read') && rights.has('own.read')) return <Navigate to="/mine" search={sharedOf(search) as never} replace />;
  return (
    <div className="frame">
      <a href="#content" className="skip">{say('app.skip')}</a>
      <aside className="side"><Navigation rights={rights} /></aside>
      <div className="right">
        <TopBar me={me} onMenu={() => setOpen(true)} onJump={() => setJumping(true)} onViews={() => setViewing(true)} />
        <main id="content" tabIndex={-1}>
          <Guard key={pathname}>
            <Suspense fallback={<div style={{ minHeight: 400 }} />}>
              {ready ? <Outlet /> : null}
            </Suspense>
          </Guard>
        </main>
      </div>
      <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={260} title={say('app.menu')} closable={{ 'aria-label': say('app.close') }}>
        <Navigation rights={rights} />
      </Drawer>
      <Suspense fallback={null}>
        {search.behind === undefined ? null : <BehindDrawer />}
        {viewing ? <ViewsDrawer onClose={() => setViewing(false)} /> : null}
        {jumping ? <JumpBox rights={rights} onClose={() => setJumping(false)} /> : null}
      </Suspense>
    </div>
  );
}

/** Ctrl K, or ⌘ K. */
function useJumpKey(show: () => void): void {
  const wanted = useRef(show);
  wanted.current = show;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      wanted.current();
    };
    window.addEventListener('keydown', key);
    return () => window.removeEventListener('keydown', key);
  }, []);
}

function Navigation({ rights }: { rights: ReadonlySet<string> }) {
  const { say } = useTexts();
  const { search } = useAddress();
  const { pathname } = useLocation();
  const shared = sharedOf(search);
  return (
    <nav aria-label={say('app.menu')}>
      <Link to="/" search={shared as never} className="brand">
        <img src="/icon.svg" alt="" width="24" height="24" /> {say('app.name')}
      </Link>
      {(['see', 'records', 'manage'] as const).map((group) => {
        const screens = SCREENS.filter((screen) => screen.group === group && isOpen(screen, rights));
        return screens.length === 0 ? null : (
          <div key={group}>
            <h2>{say(`group.${group}`)}</h2>
            <ul>
              {screens.map((screen) => (
                <li key={screen.key}>
                  <Link to={screen.path as never} search={shared as never} aria-current={pathname === screen.path ? 'page' : undefined}>
                    <screen.icon /> <span>{say(`${screen.key}.title`)}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

function TopBar({ me, onMenu, onJump, onViews }: { me: Me; onMenu: () => void; onJump: () => void; onViews: () => void }) {
  const { say, language } = useTexts();
  const { search, set } = useAddress();
  const theme = themeStore.use();
  const place = placeOf(me, search.workspace);
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: ['me'] });
  const other = language === 'zh' ? 'en' : 'zh';
  const turned = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className="top">
      <Button className="menu-button" type="text" icon={<MenuOutlined />} aria-label={say('app.openMenu')} onClick={onMenu} />
      <Freshness />
      <SampleMark may={place?.rights.includes('figures.read') ?? false} />
      <span className="stretch" />
      {me.workspaces.length > 1 ? (
        <Select
          aria-label={say('app.workspace')}
          value={String(place?.workspace)}
          onChange={(workspace) => set({ workspace, where: null, behind: null })}
          options={me.workspaces.map((one) => ({ value: String(one.workspace), label: one.name }))}
          popupMatchSelectWidth={false}
        />
      ) : (
        <span className="workspace">{place?.name}</span>
      )}
      {place?.rights.includes('figures.read') ? (
        <Tooltip title={say('views.title')}>
          <Button type="text" icon={<StarOutlined />} aria-label={say('views.title')} onClick={onViews} />
        </Tooltip>
      ) : null}
      <Tooltip title="Ctrl K">
        <Button type="text" icon={<SearchOutlined />} aria-label={say('app.jump')} onClick={onJump} />
      </Tooltip>
      <Button
        type="text"
        icon={turned === 'dark' ? <MoonOutlined /> : <SunOutlined />}
        aria-label={say(`app.${turned}`)}
        onClick={() => {
          keepTheme(turned);
          set({ theme: null }, true);
          void keptInProfile({ theme: turned }).then(again, () => undefined);
        }}
      />
      <Button
        type="text"
        lang={other === 'zh' ? 'zh-CN' : 'en'}
        onClick={() => {
          keepLanguage(other);
          set({ lang: null }, true);
          void keptInProfile({ language: other }).then(again, () => undefined);
        }}
      >
        {say('app.language')}
      </Button>
      <Tooltip title={`${me.name} · ${me.email}`}>
        <Link to="/account" search={sharedOf(search) as never} className="account-link" aria-label={say('account.title')}>
          <UserOutlined />
        </Link>
      </Tooltip>
      <Button type="text" className="wide-only" onClick={() => void signOut()}>
        {say('app.signOut')}
      </Button>
    </header>
  );
}

export async function signOut(): Promise<void> {
  await got(api.POST('/api/v1/sign-out')).catch(() => undefined);
  window.location.assign('/sign-in');
}

const LATE_SECONDS = 5;

function Freshness() {
  const { say } = useTexts();
  const health = useHealth();
  const refresh = useRefresh();
  const seconds = health.data?.behind_seconds ?? null;
  const news = newsStore.use();
  const text = news ? say('fresh.news') : seconds === null ? say('fresh.unknown') : seconds < LATE_SECONDS ? say('fresh.now') : say('fresh.late', { seconds: Math.round(seconds) });
  const state = news ? 'news' : seconds === null ? 'unknown' : seconds < LATE_SECONDS ? 'now' : 'late';
  return (
    <button type="button" className={`freshness ${state}`} onClick={() => {
        newsStore.set(false);
        refresh();
      }} title={say('app.retry')}>
      <i aria-hidden="true" /> {text} <ReloadOutlined />
    </button>
  );
}

export function NotFound() {
  const { say } = useTexts();
  return (
    <>
      <h1>{say('app.notFound')}</h1>
      <p><Link to="/">{say('app.home')}</Link></p>
    </>
  );
}

/** A page that fails says so and leaves the rest standing. */
class Guard extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <ProblemNote error={this.state.error} retry={() => window.location.reload()} />;
  }
}

export function beginTheme(): void {
  keepTheme(themeIn(window.location.search), false);
}
