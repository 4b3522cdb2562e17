// REST by which people sign in with a browser: who is signed in, by a name or a token, and out again.
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import type { HandledOf, WithCookies } from '../../../schema/protocol/route.ts';
import type { SignInReport, SignInWay } from '../../../schema/protocol/routes/sign-in.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import { forgetCookie, writeCookie } from '../../sign-in/cookies.ts';
import { type Person, reportOf } from '../../sign-in/sign-in.ts';
import type { SignIns } from '../../sign-in/sign-ins.ts';
import { TryBudget } from '../../sign-in/try-budget.ts';
import type { Auth } from '../auth.ts';
import type { OwnPages } from '../own-pages.ts';
import type { Handlers, Page, RouteRequest } from './handler.ts';

export type SignInRouteDependencies = {
  signIns: SignIns;
  auth: Pick<Auth, 'verifyToken'>;
  ownPages: OwnPages;
  /** How people sign in at this engine. */
  way: SignInWay;
  now(): number;
};

type SignInRoutes = Pick<Routes, 'readSignIn' | 'signIn' | 'signOut'>;

export function makeSignInHandlers(dependencies: SignInRouteDependencies): Handlers<SignInRoutes> {
  const tries = new TryBudget();
  return {
    readSignIn: { handle: ({ page }) => readSignIn(page, dependencies) },
    signIn: {
      audit: { act: 'console.signedIn', findSubject: () => ({}) },
      handle: async ({ page, body }) => {
        const tooMany = await tries.take(page);
        if (tooMany) return { ok: false, failure: tooMany };
        const person = await findPerson(body, page, dependencies);
        return person.ok ? succeeded(await openSignIn(person.value, page, dependencies)) : person;
      },
    },
    signOut: {
      audit: { act: 'console.signedOut', findSubject: () => ({}) },
      handle: async ({ page }) => {
        const ended = await dependencies.signIns.end(page.headers);
        if (ended) page.noteUser(ended.userId);
        return succeeded({ body: { signOutUrl: null }, cookies: forgetCookie('lucid_console') });
      },
    },
  };
}

/** A cookie that doesn't count any more is taken back. */
async function readSignIn(
  page: Page,
  { signIns, way }: SignInRouteDependencies,
): Promise<Outcome<HandledOf<Routes['readSignIn']>>> {
  const found = await signIns.identify(page.headers, true);
  if (!found) return succeeded({ body: reportOf(undefined, way), cookies: [] });
  if (!found.ok) return succeeded({ body: reportOf(undefined, way), cookies: forgetCookie('lucid_console') });
  return succeeded({ body: reportOf(found.value, way), cookies: [] });
}

/** Whom a name or a token stands for. */
async function findPerson(
  { name, token }: RouteRequest<Routes['signIn']>['body'],
  { isNear }: Page,
  { auth, way }: SignInRouteDependencies,
): Promise<Outcome<Person>> {
  if (token !== undefined && name === undefined) {
    const verified = await auth.verifyToken(token, isNear);
    if (!verified.ok) return verified;
    const { userId } = verified.value;
    return succeeded({ userId, name: userId, isAdmin: false, way: 'token' });
  }
  if (name === undefined || token !== undefined) return oneOfBoth;
  if (way !== 'name') return noNames;
  return isNear ? succeeded({ userId: name, name, isAdmin: true, way }) : nameNotBelieved;
}

/** The browser's sign-in so far ends. */
async function openSignIn(
  person: Person,
  { headers, noteUser }: Page,
  { signIns, ownPages, way, now }: SignInRouteDependencies,
): Promise<WithCookies<SignInReport>> {
  await signIns.end(headers);
  const { token, signIn } = await signIns.create(person);
  noteUser(person.userId);
  const isHttps = ownPages.originOf(headers).startsWith('https:');
  const cookies = [writeCookie('lucid_console', token, isHttps, signIn.endsAtMs - now())];
  return { body: reportOf(signIn, way), cookies };
}

const oneOfBoth = failed('invalid', 'A name or a token is needed, and not both.');
const noNames = failed('notAllowed', 'A name alone signs nobody in here, but only at an engine for development.');
const nameNotBelieved = failed(
  'notAllowed',
  'A name is believed over loopback only, until SESSION_SECRET and INTERNAL_API_KEY are set.',
);
