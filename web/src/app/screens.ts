import {
  ApartmentOutlined, BarChartOutlined, BranchesOutlined, BlockOutlined, BookOutlined, CloudUploadOutlined, ContactsOutlined, CustomerServiceOutlined, DashboardOutlined, EnvironmentOutlined, ExportOutlined,
  FileTextOutlined, FilterOutlined, FlagOutlined, FundOutlined, HeatMapOutlined, InboxOutlined, KeyOutlined, LineChartOutlined, NotificationOutlined, PhoneOutlined,
  PictureOutlined, RocketOutlined, SafetyOutlined, SearchOutlined, SendOutlined, SettingOutlined, ShareAltOutlined, ShoppingOutlined, TeamOutlined, TrophyOutlined, UnorderedListOutlined, UserOutlined,
} from '@ant-design/icons';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

import type { TextKey } from '../texts/texts';
import { usesModule } from './place';

type ScreenKey = TextKey extends infer Key ? (Key extends `${infer Name}.title` ? Name : never) : never;

export interface Screen {
  /** Begins the keys of its texts: `<key>.title`. */
  key: ScreenKey;
  path: string;
  group: 'see' | 'records' | 'manage' | null;
  icon: ComponentType;
  /** The right that is needed to see it at all. */
  needs: string | null;
  /** The part of the application it belongs to; hidden where the workspace does without it. */
  module: string | null;
  page: LazyExoticComponent<ComponentType>;
}

type Load = () => Promise<{ default: ComponentType }>;

function screen(key: ScreenKey, path: string, group: Screen['group'], icon: ComponentType, load: Load, needs: string | null = 'figures.read', module: string | null = null): Screen {
  return { key, path, group, icon, needs, module, page: lazy(load) };
}

const table: Load = () => import('../screens/dimension');

/** Whether somebody with those rights sees the screen in the workspace at hand. */
export function isOpen(screen: Screen, rights: ReadonlySet<string>): boolean {
  return (screen.needs === null || rights.has(screen.needs)) && (screen.module === null || usesModule(screen.module));
}

/** Every screen: a line here, a file in `screens/`, its texts in `texts/screens.ts`. */
export const SCREENS: readonly Screen[] = [
  screen('overview', '/', 'see', DashboardOutlined, () => import('../screens/overview')),
  screen('roi', '/roi', 'see', FundOutlined, () => import('../screens/roi'), 'costs.read'),
  screen('callReports', '/call-reports', 'see', PhoneOutlined, () => import('../screens/call-reports')),
  screen('heat', '/heat', 'see', HeatMapOutlined, () => import('../screens/heat')),
  screen('funnel', '/funnel', 'see', FilterOutlined, () => import('../screens/funnel')),
  screen('ways', '/ways', 'see', BranchesOutlined, () => import('../screens/ways')),
  screen('models', '/models', 'see', BlockOutlined, () => import('../screens/models')),
  screen('channels', '/by/channel', 'see', ApartmentOutlined, table),
  screen('campaigns', '/by/campaign', 'see', NotificationOutlined, table),
  screen('keywords', '/by/keyword', 'see', SearchOutlined, table, 'figures.read', 'call_tracking'),
  screen('creatives', '/by/creative', 'see', PictureOutlined, table, 'figures.read', 'call_tracking'),
  screen('numbers', '/by/tracking_number', 'see', PhoneOutlined, table, 'figures.read', 'call_tracking'),
  screen('lists', '/by/list', 'see', UnorderedListOutlined, table, 'figures.read', 'outbound'),
  screen('scripts', '/by/script_version', 'see', FileTextOutlined, table, 'figures.read', 'outbound'),
  screen('agents', '/by/agent', 'see', UserOutlined, table),
  screen('scorecards', '/scorecards', 'see', TrophyOutlined, () => import('../screens/scorecards')),
  screen('regions', '/by/region', 'see', EnvironmentOutlined, table),
  screen('explore', '/explore', 'see', LineChartOutlined, () => import('../screens/explore')),
  screen('dictionary', '/dictionary', 'see', BookOutlined, () => import('../screens/dictionary')),
  screen('start', '/start', 'records', RocketOutlined, () => import('../screens/start')),
  screen('calls', '/calls', 'records', BarChartOutlined, () => import('../screens/calls'), 'facts.read'),
  screen('deals', '/deals', 'records', ShoppingOutlined, () => import('../screens/deals'), 'facts.read', 'deals'),
  screen('mine', '/mine', 'records', UserOutlined, () => import('../screens/mine'), 'own.read', 'own_work'),
  screen('desk', '/desk', 'records', CustomerServiceOutlined, () => import('../screens/desk'), 'desk.work', 'outbound'),
  screen('leads', '/leads', 'records', ContactsOutlined, () => import('../screens/leads'), 'leads.read', 'outbound'),
  screen('claims', '/claims', 'records', InboxOutlined, () => import('../screens/claims'), 'desk.work', 'outbound'),
  screen('handovers', '/handovers', 'records', ShareAltOutlined, () => import('../screens/handovers'), 'desk.work', 'outbound'),
  screen('entry', '/lead-entry', 'records', ContactsOutlined, () => import('../screens/lead-entry'), 'desk.work', 'outbound'),
  screen('duplicates', '/duplicates', 'records', BlockOutlined, () => import('../screens/duplicates'), 'facts.read'),
  screen('leadForms', '/lead-forms', 'manage', FileTextOutlined, () => import('../screens/lead-forms'), 'leads.read', 'outbound'),
  screen('origins', '/list-origins', 'manage', SafetyOutlined, () => import('../screens/origins'), 'leads.read', 'outbound'),
  screen('results', '/call-results', 'manage', FilterOutlined, () => import('../screens/results'), 'leads.read', 'outbound'),
  screen('talkScripts', '/talk-scripts', 'manage', BookOutlined, () => import('../screens/talk-scripts'), 'leads.read', 'outbound'),
  screen('scores', '/lead-scores', 'manage', FundOutlined, () => import('../screens/scores'), 'leads.read', 'outbound'),
  screen('giving', '/giving', 'manage', ShareAltOutlined, () => import('../screens/giving'), 'leads.read', 'outbound'),
  screen('pools', '/pools', 'manage', InboxOutlined, () => import('../screens/pools'), 'leads.read', 'outbound'),
  screen('card', '/calls/$number', null, PhoneOutlined, () => import('../screens/card'), 'facts.read'),
  screen('customer', '/customers/$number', null, UserOutlined, () => import('../screens/customer'), 'facts.read'),
  screen('import', '/import', 'records', CloudUploadOutlined, () => import('../screens/import'), 'intake.write'),
  screen('consent', '/consent', 'records', SafetyOutlined, () => import('../screens/consent'), 'facts.read'),
  screen('ledger', '/consent/ledger', 'records', SafetyOutlined, () => import('../screens/ledger'), 'facts.read'),
  screen('callers', '/callers', 'records', SafetyOutlined, () => import('../screens/callers'), 'facts.read'),
  screen('dnc', '/do-not-call', 'records', SafetyOutlined, () => import('../screens/do-not-call'), 'facts.read'),
  screen('persons', '/persons', 'records', SafetyOutlined, () => import('../screens/persons'), 'persons.erase'),
  screen('sites', '/tracking/sites', 'manage', ApartmentOutlined, () => import('../screens/sites'), 'settings.read', 'call_tracking'),
  screen('ourNumbers', '/tracking/numbers', 'manage', PhoneOutlined, () => import('../screens/our-numbers'), 'settings.read', 'call_tracking'),
  screen('numberPools', '/tracking/pools', 'manage', UnorderedListOutlined, () => import('../screens/number-pools'), 'settings.read', 'call_tracking'),
  screen('leases', '/tracking/leases', 'records', PhoneOutlined, () => import('../screens/leases'), 'settings.read', 'call_tracking'),
  screen('callbacks', '/callbacks', 'records', PhoneOutlined, () => import('../screens/callbacks'), 'desk.work', 'call_tracking'),
  screen('callRules', '/call-rules', 'manage', FilterOutlined, () => import('../screens/call-rules'), 'settings.read'),
  screen('rules', '/calling-rules', 'manage', BookOutlined, () => import('../screens/calling-rules'), 'facts.read'),
  screen('ownRules', '/calling-rules/own', 'manage', BookOutlined, () => import('../screens/own-rules'), 'facts.read'),
  screen('settings', '/settings', 'manage', SettingOutlined, () => import('../screens/settings'), 'settings.read'),
  screen('users', '/users', 'manage', TeamOutlined, () => import('../screens/users'), 'users.write'),
  screen('keys', '/keys', 'manage', KeyOutlined, () => import('../screens/keys'), 'keys.write'),
  screen('conversions', '/conversions', 'records', SendOutlined, () => import('../screens/conversions'), 'facts.read'),
  screen('goals', '/goals', 'manage', FlagOutlined, () => import('../screens/goals')),
  screen('exports', '/exports', 'records', ExportOutlined, () => import('../screens/exports'), 'export'),
  screen('account', '/account', null, UserOutlined, () => import('../screens/account'), null),
  screen('audit', '/audit', 'manage', SafetyOutlined, () => import('../screens/audit'), 'audit.read'),
];
