import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { lazy } from 'react';
import { parseSearch, writeSearch } from './address';
import { SCREENS } from './screens';
import { NotFound, Shell } from './shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const entrances = {
  '/sign-in': lazy(() => import('../screens/sign-in')),
  '/set-up': lazy(() => import('../screens/set-up')),
  '/invitation': lazy(() => import('../screens/invitation')),
};

const routes = [
  ...SCREENS.map((screen) => createRoute({ getParentRoute: () => root, path: screen.path, component: screen.page })),
  ...Object.entries(entrances).map(([path, component]) => createRoute({ getParentRoute: () => root, path, component })),
];

export function makeRouter() {
  return createRouter({
    routeTree: root.addChildren(routes),
    parseSearch,
    stringifySearch: writeSearch,
    defaultPreload: false,
    scrollRestoration: true,
  });
}
