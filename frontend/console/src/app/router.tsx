// Every page and its address; all but the first are loaded when they are opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { SessionsPage } from '../sessions/sessions-page.tsx';
import { NotFound } from './not-found.tsx';
import { PageFailure } from './page-failure.tsx';
import { Shell } from './shell.tsx';
import { SignedIn } from './signed-in.tsx';

const rootRoute = createRootRoute({ notFoundComponent: NotFound });

/** Pages for those who have signed in, in the frame that all of them have. */
const signedIn = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  component: () => (
    <SignedIn>
      <Shell />
    </SignedIn>
  ),
});

const sessions = createRoute({ getParentRoute: () => signedIn, path: '/', component: SessionsPage });

/** `event` is the sequence of the event that a link leads to. */
const session = createRoute({
  getParentRoute: () => signedIn,
  path: '/sessions/$sessionId',
  validateSearch: (search: Record<string, unknown>): { event?: number } => {
    const event = Number(search.event);
    return Number.isSafeInteger(event) && event > 0 ? { event } : {};
  },
  component: lazyRouteComponent(() => import('../session/session-page.tsx'), 'SessionPage'),
});

/** `q` is what is searched for. */
const history = createRoute({
  getParentRoute: () => signedIn,
  path: '/history',
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    search.q === undefined || search.q === '' ? {} : { q: String(search.q) },
  component: lazyRouteComponent(() => import('../history/history-page.tsx'), 'HistoryPage'),
});

const replay = createRoute({
  getParentRoute: () => signedIn,
  path: '/replay/$sessionId',
  component: lazyRouteComponent(() => import('../history/replay-page.tsx'), 'ReplayPage'),
});

const admin = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin',
  validateSearch: (search: Record<string, unknown>): { tab?: string } =>
    typeof search.tab === 'string' ? { tab: search.tab } : {},
  component: lazyRouteComponent(() => import('../admin/admin-page.tsx'), 'AdminPage'),
});

/** Needs no account; the share's token is in the fragment. */
const share = createRoute({
  getParentRoute: () => rootRoute,
  path: '/share',
  component: lazyRouteComponent(() => import('../share/share-page.tsx'), 'SharePage'),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([signedIn.addChildren([sessions, session, history, replay, admin]), share]),
  basepath: '/console',
  defaultPreload: 'intent',
  defaultErrorComponent: PageFailure,
  scrollRestoration: true,
  // Otherwise the whole address would be kept in sessionStorage, with a share's token in its fragment.
  getScrollRestorationKey: ({ state, pathname }) => state.__TSR_key ?? pathname,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
