// The routes by which people sign in with a browser: they are for pages of the engine itself, and keep a cookie.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { consolePath, consolePathPattern, isConsolePath } from '../../rules/console-path.ts';
import { isId } from '../../rules/ids.ts';
import { timestamp } from '../answer-fields.ts';
import { exampleSession } from '../examples.ts';
import { emptyAsAbsent, secretText } from '../fields.ts';
import {
  declareAnswerWithCookies,
  declareBody,
  declareForm,
  declareRedirect,
  type RouteDeclaration,
} from '../route.ts';
import { databaseErrors } from './errors.ts';

const { userId, updatedAt } = exampleSession;

/** How people sign in at this engine. */
const signInWays = ['name', 'oidc', 'token'] as const;
export type SignInWay = (typeof signInWays)[number];

export const SignInReport = v.strictObject({
  user: v.nullable(v.strictObject({ id: v.string(), name: v.string() })),
  isAdmin: v.boolean(),
  signIn: v.pipe(
    v.picklist(signInWays),
    v.description(
      'How to sign in here: a name, for development; a provider of OpenID Connect; a token of the front end',
    ),
  ),
  expiresAt: v.pipe(v.nullable(timestamp), v.description('When it ends, unless it is used before')),
});
export type SignInReport = v.InferOutput<typeof SignInReport>;

const exampleReport: SignInReport = {
  user: { id: userId, name: userId },
  isAdmin: true,
  signIn: 'name',
  expiresAt: updatedAt,
};

export const readSignIn = {
  method: 'get',
  path: '/console/session',
  tag: 'Signing in',
  summary: 'Who is signed in by the cookie, and how to sign in',
  isOpen: true,
  isForOwnPages: true,
  answer: declareAnswerWithCookies(SignInReport, exampleReport),
  errors: databaseErrors,
} as const satisfies RouteDeclaration;

/** A name is the user's id as it stands. */
const userName = v.pipe(
  v.string(),
  v.maxLength(limits.idCharsMax),
  v.regex(/\S/, 'must not be empty'),
  v.check(isId, 'must be text'),
);

export const signIn = {
  method: 'post',
  path: '/console/session',
  tag: 'Signing in',
  summary: 'Sign in with a name, for development, or with a token that the front end has signed',
  isOpen: true,
  isForOwnPages: true,
  body: declareBody(
    v.object({
      name: v.pipe(v.optional(userName), v.description('The user, where secrets of production are missing')),
      token: v.pipe(v.optional(secretText), v.description('A JWT signed with SESSION_SECRET; one of both is needed')),
      adminKey: v.pipe(
        emptyAsAbsent(secretText),
        v.description("The engine's ADMIN_KEY beside a token: whoever the token names is signed in as an admin"),
      ),
    }),
    { name: userId },
  ),
  answer: declareAnswerWithCookies(SignInReport, exampleReport),
  errors: ['notAuthenticated', 'notAllowed', 'tooManyTries', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const signOut = {
  method: 'delete',
  path: '/console/session',
  tag: 'Signing in',
  summary: 'Sign out: the cookie counts no more, and connections that it has opened are closed',
  isOpen: true,
  isForOwnPages: true,
  answer: declareAnswerWithCookies(
    v.strictObject({
      signOutUrl: v.pipe(v.nullable(v.string()), v.description('Where to go on to sign out at the provider, too')),
    }),
    { signOutUrl: null },
  ),
  errors: databaseErrors,
} as const satisfies RouteDeclaration;

/** Where somebody goes on: a page of the console, and no other address. */
const returnPath = v.pipe(
  v.optional(v.string(), consolePath),
  v.maxLength(limits.urlCharsMax / 4),
  v.regex(consolePathPattern, `must be a path below ${consolePath}`),
  v.check(isConsolePath, `must be a path below ${consolePath}`),
  v.description(`A page of the console, below ${consolePath}`),
);

export const handOver = {
  method: 'post',
  path: '/console/hand-over',
  tag: 'Signing in',
  summary: 'Sign in with a token that a form of the front end hands over, and go on to the console',
  isOpen: true,
  isForOwnPages: true,
  isForNamedOrigins: true,
  body: declareForm(
    v.object({ token: v.pipe(secretText, v.description('A JWT signed with SESSION_SECRET')), return: returnPath }),
    { token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1LTEifQ.c2lnbmF0dXJl', return: consolePath },
  ),
  answer: declareRedirect('The page of the console that was asked for', { location: consolePath, cookies: [] }),
  errors: ['notAuthenticated', 'tooManyTries', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const beginSignIn = {
  method: 'get',
  path: '/console/sign-in',
  tag: 'Signing in',
  summary: 'Sign in at the provider of OpenID Connect, and come back',
  isOpen: true,
  isForOwnPages: true,
  query: v.object({
    return: returnPath,
    moved: v.pipe(
      v.optional(v.picklist(['1'])),
      v.description(
        'Whether the browser was sent here from another address of the engine, so that it is sent only once',
      ),
    ),
  }),
  answer: declareRedirect("The provider's page; or this one below PUBLIC_URL, where it was asked at another address", {
    location: 'https://login.example.com/authorize',
    cookies: [],
  }),
  errors: ['noSuchRoute', 'tooManyTries', 'signInUnavailable'],
} as const satisfies RouteDeclaration;

/** What a provider sends back is printable ASCII (RFC 6749, Appendix A). */
const fromProvider = (charsMax: number) =>
  v.optional(v.pipe(v.string(), v.maxLength(charsMax), v.regex(/^[ -~]*$/, 'must be printable ASCII')));

export const finishSignIn = {
  method: 'get',
  path: '/console/callback',
  tag: 'Signing in',
  summary: 'Where the provider sends a browser back',
  isOpen: true,
  isForOwnPages: true,
  query: v.object({
    code: fromProvider(limits.urlCharsMax),
    state: fromProvider(limits.idCharsMax),
    iss: fromProvider(limits.urlCharsMax),
    error: fromProvider(limits.idCharsMax),
  }),
  answer: declareRedirect('The page of the console that was asked for', { location: consolePath, cookies: [] }),
  errors: ['noSuchRoute', 'notAuthenticated', 'notAllowed', 'tooManyTries', 'signInUnavailable', ...databaseErrors],
} as const satisfies RouteDeclaration;
