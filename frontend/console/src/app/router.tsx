// Every page and its address; all but the first are loaded when they are opened.
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { SessionsPage } from '../sessions/sessions-page.tsx';
import { LateNotice, LatePage } from '../ui/late-page.tsx';
import { definePart } from '../ui/part.tsx';
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

/** `event` is the sequence of the event that a link leads to, `tab` the part that is shown beside the conversation. */
const session = createRoute({
  getParentRoute: () => signedIn,
  path: '/sessions/$sessionId',
  validateSearch: ({ event, tab }: Record<string, unknown>): { event?: number; tab?: string } => ({
    ...(Number.isSafeInteger(Number(event)) && Number(event) > 0 && { event: Number(event) }),
    ...(typeof tab === 'string' && /^[a-z]+$/.test(tab) && { tab }),
  }),
  component: definePart(
    () => import('../session/session-page.tsx').then((module) => module.SessionPage),
    <LateNotice />,
  ),
});

/** `q` is what is searched for. */
const history = createRoute({
  getParentRoute: () => signedIn,
  path: '/history',
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    search.q === undefined || search.q === '' ? {} : { q: String(search.q) },
  component: definePart(
    () => import('../history/history-page.tsx').then((module) => module.HistoryPage),
    <LateNotice />,
  ),
});

const replay = createRoute({
  getParentRoute: () => signedIn,
  path: '/replay/$sessionId',
  component: definePart(() => import('../history/replay-page.tsx').then((module) => module.ReplayPage), <LateNotice />),
});

const admin = createRoute({
  getParentRoute: () => signedIn,
  path: '/admin',
  validateSearch: (search: Record<string, unknown>): { tab?: string } =>
    typeof search.tab === 'string' ? { tab: search.tab } : {},
  component: definePart(() => import('../admin/admin-page.tsx').then((module) => module.AdminPage), <LateNotice />),
});

/** Whatever else is asked for keeps the way to the pages that there are. */
const nowhere = createRoute({ getParentRoute: () => signedIn, path: '$', component: NotFound });

/** Needs no account; the share's token is in the fragment. */
const share = createRoute({
  getParentRoute: () => rootRoute,
  path: '/share',
  component: definePart(() => import('../share/share-page.tsx').then((module) => module.SharePage), <LatePage />),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([signedIn.addChildren([sessions, session, history, replay, admin, nowhere]), share]),
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
