import {
  ApartmentOutlined, BarChartOutlined, BookOutlined, CloudUploadOutlined, DashboardOutlined, EnvironmentOutlined, ExportOutlined,
  FileTextOutlined, FilterOutlined, FundOutlined, HeatMapOutlined, KeyOutlined, LineChartOutlined, NotificationOutlined, PhoneOutlined,
  PictureOutlined, SafetyOutlined, SearchOutlined, SettingOutlined, TeamOutlined, UnorderedListOutlined, UserOutlined,
} from '@ant-design/icons';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

export interface Screen {
  /** Begins the keys of its texts: `<key>.title`. */
  key: string;
  path: string;
  group: 'see' | 'records' | 'manage' | null;
  icon: ComponentType;
  /** The right that is needed to see it at all. */
  needs: string | null;
  page: LazyExoticComponent<ComponentType>;
}

type Load = () => Promise<{ default: ComponentType }>;

function screen(key: string, path: string, group: Screen['group'], icon: ComponentType, load: Load, needs: string | null = 'figures.read'): Screen {
  return { key, path, group, icon, needs, page: lazy(load) };
}

const table: Load = () => import('../screens/dimension');

/** Every screen: a line here, a file in `screens/`, its texts in `texts/screens.ts`. */
export const SCREENS: readonly Screen[] = [
  screen('overview', '/', 'see', DashboardOutlined, () => import('../screens/overview')),
  screen('roi', '/roi', 'see', FundOutlined, () => import('../screens/roi'), 'costs.read'),
  screen('heat', '/heat', 'see', HeatMapOutlined, () => import('../screens/heat')),
  screen('funnel', '/funnel', 'see', FilterOutlined, () => import('../screens/funnel')),
  screen('channels', '/by/channel', 'see', ApartmentOutlined, table),
  screen('campaigns', '/by/campaign', 'see', NotificationOutlined, table),
  screen('keywords', '/by/keyword', 'see', SearchOutlined, table),
  screen('creatives', '/by/creative', 'see', PictureOutlined, table),
  screen('numbers', '/by/tracking_number', 'see', PhoneOutlined, table),
  screen('lists', '/by/list', 'see', UnorderedListOutlined, table),
  screen('scripts', '/by/script_version', 'see', FileTextOutlined, table),
  screen('agents', '/by/agent', 'see', UserOutlined, table),
  screen('regions', '/by/region', 'see', EnvironmentOutlined, table),
  screen('explore', '/explore', 'see', LineChartOutlined, () => import('../screens/explore')),
  screen('dictionary', '/dictionary', 'see', BookOutlined, () => import('../screens/dictionary')),
  screen('calls', '/calls', 'records', BarChartOutlined, () => import('../screens/calls'), 'facts.read'),
  screen('card', '/calls/$number', null, PhoneOutlined, () => import('../screens/card'), 'facts.read'),
  screen('customer', '/customers/$number', null, UserOutlined, () => import('../screens/customer'), 'facts.read'),
  screen('import', '/import', 'records', CloudUploadOutlined, () => import('../screens/import'), 'intake.write'),
  screen('settings', '/settings', 'manage', SettingOutlined, () => import('../screens/settings'), 'settings.read'),
  screen('users', '/users', 'manage', TeamOutlined, () => import('../screens/users'), 'users.write'),
  screen('keys', '/keys', 'manage', KeyOutlined, () => import('../screens/keys'), 'keys.write'),
  screen('exports', '/exports', 'records', ExportOutlined, () => import('../screens/exports'), 'export'),
  screen('audit', '/audit', 'manage', SafetyOutlined, () => import('../screens/audit'), 'audit.read'),
];
