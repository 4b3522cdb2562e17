// The routes by which people sign in with a browser: by a name or a token, at the identity provider, and out again.
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import type { HandledOf, Redirect } from '../../../schema/protocol/route.ts';
import type { SignInWay } from '../../../schema/protocol/routes/sign-in.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import type { AdminKey } from '../../admin/admin-key.ts';
import type { Metrics } from '../../metrics.ts';
import { forgetCookie, readCookie, writeCookie } from '../../sign-in/cookies.ts';
import type { IdentityProvider } from '../../sign-in/identity-provider.ts';
import { nameOfToken } from '../../sign-in/name-of-token.ts';
import { type AdmissionRules, type Claims, personOf, userIdOf } from '../../sign-in/person-of-claims.ts';
import { SharedWork } from '../../sign-in/shared-work.ts';
import { type Person, reportOf, type SignIn } from '../../sign-in/sign-in.ts';
import { type Flow, type FlowSeal, flowMsMax } from '../../sign-in/sign-in-flow.ts';
import { signInOutcomeOf } from '../../sign-in/sign-in-outcome.ts';
import type { SignIns } from '../../sign-in/sign-ins.ts';
import { TryBudget } from '../../sign-in/try-budget.ts';
import type { AuditedAct } from '../audit.ts';
import type { Auth } from '../auth.ts';
import type { OpenBudget } from '../keyed-budget.ts';
import type { OwnPages } from '../own-pages.ts';
import type { Answering, AuditRule, Handlers, Page, RouteRequest } from './handler.ts';

export type SignInRouteDependencies = {
  signIns: SignIns;
  auth: Pick<Auth, 'verifyToken'>;
  adminKey: Pick<AdminKey, 'identify'>;
  ownPages: OwnPages;
  /** How people sign in at this engine. */
  way: SignInWay;
  identityProvider: IdentityProvider | undefined;
  admission: AdmissionRules;
  flows: FlowSeal;
  metrics: Pick<Metrics, 'countSignIn'>;
  /** Absent for a single engine. */
  openBudget?: OpenBudget | undefined;
  now(): number;
};

type SignInRoutes = Pick<Routes, 'readSignIn' | 'signIn' | 'handOver' | 'signOut' | 'beginSignIn' | 'finishSignIn'>;
type Handled<Name extends keyof SignInRoutes> = Promise<Outcome<HandledOf<Routes[Name]>>>;

const auditAs = (act: AuditedAct): AuditRule => ({ act, findSubject: () => ({}) });
const signInPath = '/console/sign-in';
const callbackPath = '/console/callback';

export function makeSignInHandlers(dependencies: SignInRouteDependencies): Handlers<SignInRoutes> {
  const tries = new TryBudget(dependencies.openBudget);
  const finishing = new SharedWork<Finished>();
  const afterTry = async <Answer>(page: Page, go: () => Answering<Answer>): Promise<Outcome<Answer>> => {
    const tooMany = await tries.take(page);
    const outcome = tooMany ? { ok: false as const, failure: tooMany } : await go();
    if (!outcome.ok) page.note({ reason: outcome.failure.detail });
    return outcome;
  };
  const count = <Answer>(tried: Outcome<Answer>): Outcome<Answer> => {
    const outcome = signInOutcomeOf(tried);
    if (outcome) dependencies.metrics.countSignIn(outcome);
    return tried;
  };
  const counted = async <Answer>(page: Page, go: () => Answering<Answer>) => count(await afterTry(page, go));
  /** One that has begun is counted when it ends. */
  const begun = async <Answer>(page: Page, go: () => Answering<Answer>): Promise<Outcome<Answer>> => {
    const tried = await afterTry(page, go);
    return tried.ok ? tried : count(tried);
  };
  return {
    readSignIn: { handle: ({ page }) => readSignIn(page, dependencies) },
    signIn: {
      audit: auditAs('console.signedIn'),
      handle: (request) => counted(request.page, () => signIn(request, dependencies)),
    },
    handOver: {
      audit: auditAs('console.signedIn'),
      handle: (request) => counted(request.page, () => handOver(request, dependencies)),
    },
    signOut: { audit: auditAs('console.signedOut'), handle: ({ page }) => signOut(page, dependencies) },
    beginSignIn: { handle: (request) => begun(request.page, () => beginSignIn(request, dependencies)) },
    finishSignIn: {
      audit: auditAs('console.signedIn'),
      handle: (request) => counted(request.page, () => finishSignIn(request, { ...dependencies, finishing })),
    },
  };
}

/** A cookie that doesn't count any more is taken back. */
async function readSignIn(page: Page, { signIns, way }: SignInRouteDependencies): Handled<'readSignIn'> {
  const found = await signIns.identify(page.headers, true);
  if (!found) return succeeded({ body: reportOf(undefined, way), cookies: [] });
  if (!found.ok) return succeeded({ body: reportOf(undefined, way), cookies: forgetCookie('lucid_console') });
  return succeeded({ body: reportOf(found.value, way), cookies: [] });
}

async function signIn(
  { body, page }: RouteRequest<Routes['signIn']>,
  dependencies: SignInRouteDependencies,
): Handled<'signIn'> {
  const person = await findPerson(body, page, dependencies);
  if (!person.ok) return person;
  const { signIn, cookie } = await open(person.value, page, dependencies);
  return succeeded({ body: reportOf(signIn, dependencies.way), cookies: [cookie] });
}

/** The browser is sent on with a GET, so that going back or reloading hands nothing over again. */
async function handOver(
  { body, page }: RouteRequest<Routes['handOver']>,
  dependencies: SignInRouteDependencies,
): Handled<'handOver'> {
  const person = await findPersonOfToken(body.token, page, dependencies);
  if (!person.ok) return person;
  const { cookie } = await open(person.value, page, dependencies);
  return succeeded({ location: body.return, cookies: [cookie] });
}

/** Whom a name or a token stands for; the key of those who operate the engine makes whoever has a token an admin. */
async function findPerson(
  { name, token, adminKey }: RouteRequest<Routes['signIn']>['body'],
  page: Page,
  dependencies: SignInRouteDependencies,
): Promise<Outcome<Person>> {
  if (token !== undefined && name === undefined) {
    const person = await findPersonOfToken(token, page, dependencies);
    return person.ok && adminKey !== undefined ? makeAdmin(person.value, adminKey, page, dependencies) : person;
  }
  if (name === undefined || token !== undefined || adminKey !== undefined) return oneOfBoth;
  const { way } = dependencies;
  if (way !== 'name') return noNames;
  return page.isNear ? succeeded({ userId: name, name, isAdmin: true, way }) : nameNotBelieved;
}

async function findPersonOfToken(
  token: string,
  { isNear }: Page,
  { auth }: SignInRouteDependencies,
): Promise<Outcome<Person>> {
  const verified = await auth.verifyToken(token, isNear);
  if (!verified.ok) return verified;
  const { userId } = verified.value;
  return succeeded({ userId, name: nameOfToken(token) ?? userId, isAdmin: false, way: 'token' });
}

function makeAdmin(person: Person, given: string, page: Page, { adminKey }: SignInRouteDependencies): Outcome<Person> {
  const operator = adminKey.identify(given);
  page.noteUser(person.userId);
  if (!operator.ok) return operator;
  page.note({ by: operator.value.userId });
  return succeeded({ ...person, isAdmin: true });
}

/** Here it ends first, whatever the provider says. */
async function signOut(page: Page, dependencies: SignInRouteDependencies): Handled<'signOut'> {
  const { signIns, ownPages, identityProvider } = dependencies;
  const ended = await signIns.end(page.headers);
  if (ended) page.noteUser(ended.userId);
  const isAtProvider = ended?.way === 'oidc' && identityProvider;
  const returnUrl = `${ownPages.originOf(page.headers)}/console/`;
  const signOutUrl = isAtProvider ? await identityProvider.findSignOutUrl(returnUrl) : null;
  return succeeded({ body: { signOutUrl }, cookies: forgetCookie('lucid_console') });
}

async function beginSignIn(
  { query, page }: RouteRequest<Routes['beginSignIn']>,
  dependencies: SignInRouteDependencies,
): Handled<'beginSignIn'> {
  const { identityProvider, ownPages, flows, now } = dependencies;
  if (!identityProvider) return noProvider;
  const otherOrigin = ownPages.findOtherOrigin(page.headers);
  if (otherOrigin !== undefined && query.moved === undefined)
    return succeeded({ location: makeMovedUrl(otherOrigin, query.return), cookies: [] });
  const origin = ownPages.originOf(page.headers);
  const asksAnew = (await findFlow(page, dependencies)) !== undefined; // The one before led nowhere: to a wrong account, perhaps.
  const begun = await identityProvider.begin(`${origin}${callbackPath}`, asksAnew);
  if (!begun.ok) return begun;
  const { url, ...flow } = begun.value;
  const sealed = await flows.seal({ ...flow, returnPath: query.return }, now());
  return succeeded({ location: url, cookies: [writeCookie('lucid_sign_in', sealed, isHttps(origin), flowMsMax)] });
}

/** The provider sends browsers back to the public address, and the cookie of what has begun has to be there. */
const makeMovedUrl = (origin: string, returnPath: string): string =>
  `${origin}${signInPath}?${new URLSearchParams({ moved: '1', return: returnPath })}`;

/** What has come of a flow; no cookie where nobody is let in. */
type Finished = { claims: Outcome<Claims>; cookie?: string };

/** The browser has to be the one in which the sign-in was begun: its cookie names the state that comes back. */
async function finishSignIn(
  { query, page }: RouteRequest<Routes['finishSignIn']>,
  dependencies: SignInRouteDependencies & { finishing: SharedWork<Finished> },
): Handled<'finishSignIn'> {
  const { identityProvider, ownPages, admission, finishing } = dependencies;
  if (!identityProvider) return noProvider;
  const flow = await findFlow(page, dependencies);
  if (!flow || flow.state !== query.state) return notBegunHere;
  const callback = new URL(`${ownPages.originOf(page.headers)}${callbackPath}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) callback.searchParams.set(name, value);
  const finish = async (): Promise<Finished> => {
    const claims = await identityProvider.finish(callback, flow);
    const admitted = claims.ok ? personOf(claims.value, admission) : undefined;
    if (!admitted?.ok) return { claims };
    return { claims, cookie: (await open(admitted.value, page, dependencies)).cookie };
  };
  const { claims, cookie = '' } = await finishing.do(callback.href, finish); // A code is taken once, however often a browser comes.
  if (!claims.ok) return claims;
  const person = personOf(claims.value, admission);
  if (!person.ok) {
    page.note(person.noted);
    page.noteUser(userIdOf(claims.value));
    return person;
  }
  page.noteUser(person.value.userId);
  page.note({ name: person.value.name });
  const redirect: Redirect = { location: flow.returnPath, cookies: [cookie, ...forgetCookie('lucid_sign_in')] };
  return succeeded(redirect);
}

async function findFlow(
  { headers }: Page,
  { ownPages, flows, now }: SignInRouteDependencies,
): Promise<Flow | undefined> {
  const [sealed, another] = readCookie(headers.cookie, 'lucid_sign_in', ownPages.areHttps(headers));
  return sealed === undefined || another !== undefined ? undefined : flows.open(sealed, now());
}

/** The browser's sign-in so far ends. */
async function open(
  person: Person,
  { headers, note, noteUser }: Page,
  { signIns, ownPages, now }: SignInRouteDependencies,
): Promise<{ signIn: SignIn; cookie: string }> {
  await signIns.endReplaced(headers);
  const { token, signIn } = await signIns.create(person);
  noteUser(person.userId);
  note({ name: person.name });
  const cookie = writeCookie('lucid_console', token, isHttps(ownPages.originOf(headers)), signIn.endsAtMs - now());
  return { signIn, cookie };
}

const isHttps = (origin: string): boolean => origin.startsWith('https:');

const oneOfBoth = failed('invalid', 'A name or a token is needed, and not both; an admin key goes with a token.');
const noNames = failed('notAllowed', 'A name alone signs nobody in here, but only at an engine for development.');
const nameNotBelieved = failed(
  'notAllowed',
  'A name is believed over loopback only, until SESSION_SECRET and INTERNAL_API_KEY are set.',
);
const noProvider = failed('noSuchRoute', 'This engine has no sign-in provider; its operator can set OIDC_ISSUER.');
const notBegunHere = failed(
  'notAuthenticated',
  'This sign-in was not begun in this browser, or took too long, or another one was begun since; begin again.',
);
