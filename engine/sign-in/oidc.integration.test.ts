// People sign in at a provider of OpenID Connect that nobody here wrote, by its own pages; whoever forges or repeats is refused.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { SignInReport } from '../../schema/protocol/routes/sign-in.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startTestEngine, type TestEngine } from '../testing/engine.ts';
import { RecordedLog } from '../testing/log.ts';
import { startTestProvider, type TestProvider, testClient } from '../testing/oidc.ts';
import { waitUntilHolds } from '../testing/rest.ts';
import { TestBrowser } from '../testing/sign-in.ts';
import { userIdOf } from './person-of-claims.ts';

const path = '/console/session';
const sessions = '/api/v1/sessions';
const callback = '/console/callback';
type Problem = { code: string; detail: string };

const log = new RecordedLog();
let provider: TestProvider;
let database: TestDatabase;
let engine: TestEngine;
before(async () => {
  [provider, database] = await Promise.all([startTestProvider(), createTestDatabase()]);
  engine = await startTestEngine({ databaseUrl: database.url, environment: environmentOf(), log });
  provider.register(engine);
});
beforeEach(() => {
  provider.accounts.clear();
  provider.accounts.set('ada', {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    email_verified: true,
    groups: ['staff'],
  });
  provider.forge(undefined);
});
after(async () => {
  await engine?.close();
  await Promise.all([provider?.close(), database?.drop()]);
});

const environmentOf = (more: Record<string, string> = {}) => ({
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: testClient.id,
  OIDC_CLIENT_SECRET: testClient.secret,
  OIDC_ALLOWED_DOMAINS: 'Example.com, example.org',
  OIDC_ALLOWED_GROUPS: 'staff,admins',
  OIDC_ADMIN_GROUP: 'admins',
  ...more,
});

const readReport = async (browser: TestBrowser) => (await browser.call<SignInReport>('GET', path)).body;

/** The address at which the browser would come back, which it hasn't asked yet. */
async function comeBack(browser: TestBrowser, login = 'ada'): Promise<URL> {
  const { url } = await browser.signInAtProvider(login, { until: engine.http + callback });
  assert.equal(url.pathname, callback);
  return url;
}

test('a person signs in at the provider, comes back to the page that was asked for, and works', async () => {
  const browser = new TestBrowser(engine);
  assert.deepEqual(await readReport(browser), { user: null, isAdmin: false, signIn: 'oidc', expiresAt: null });
  const asked = '/console/sessions/s-1?event=7';
  const arrived = await browser.signInAtProvider('ada', { at: `/console/sign-in?return=${encodeURIComponent(asked)}` });
  assert.equal(arrived.url.href, engine.http + asked);
  const { user, isAdmin } = await readReport(browser);
  assert.deepEqual(user, { id: userIdOf({ iss: provider.issuer, sub: 'ada' }), name: 'Ada Lovelace' });
  assert.equal(isAdmin, false);
  assert.equal((await browser.call('POST', sessions, { task: 'Write hello world' })).status, 200);
});

test('what goes to the provider has a challenge, a state and a nonce, and no secret', async () => {
  const browser = new TestBrowser(engine);
  const { url } = await browser.navigate('/console/sign-in', { until: provider.issuer });
  const asked = Object.fromEntries(url.searchParams);
  assert.partialDeepStrictEqual(asked, { response_type: 'code', code_challenge_method: 'S256', client_id: 'console' });
  for (const name of ['state', 'nonce', 'code_challenge']) assert.ok((asked[name] ?? '').length >= 43, name);
  assert.deepEqual(asked.scope?.split(' '), ['openid', 'profile', 'email', 'groups']);
  assert.equal(url.href.includes(testClient.secret), false);
  const [cookie] = [...browser.cookies].filter(([name]) => name.startsWith('lucid'));
  assert.ok(cookie);
  for (const name of ['state', 'nonce']) assert.equal(cookie[1].includes(asked[name] ?? '?'), false, name);
});

test('who is in the admin group is an admin', async () => {
  provider.accounts.set('root', { email: 'root@example.org', email_verified: true, groups: ['admins'] });
  const browser = new TestBrowser(engine);
  await browser.signInAtProvider('root');
  const report = await readReport(browser);
  assert.deepEqual([report.isAdmin, report.user?.name], [true, 'root@example.org']);
  assert.equal((await browser.call('GET', '/api/v1/admin/users')).status, 200);
  const other = new TestBrowser(engine);
  await other.signInAtProvider('ada');
  assert.equal((await other.call('GET', '/api/v1/admin/users')).status, 403);
  await other.call('POST', sessions, { task: 'Write hello world' });
  const { body } = await browser.call<{ users: { userId: string; name: string | null }[] }>(
    'GET',
    '/api/v1/admin/users',
  );
  const ada = body.users.find(({ userId }) => userId === userIdOf({ iss: provider.issuer, sub: 'ada' }));
  assert.equal(ada?.name, 'Ada Lovelace');
});

test('who is of no domain or group that may sign in, or whose address nobody has verified, is told so', async () => {
  const groups = ['staff'];
  const unwanted: [Record<string, unknown>, RegExp][] = [
    [{ email: 'eve@evil.example', email_verified: true, groups }, /domain/],
    [{ email: 'eve@sub.example.com', email_verified: true, groups }, /domain/],
    [{ email: 'eve@evil.example@example.com', email_verified: true, groups }, /verified/],
    [{ email: 'eve@example.com', email_verified: false, groups }, /verified/],
    [{ email: 'eve@example.com', groups }, /verified/],
    [{ groups }, /verified/],
    [{ email: 'eve@example.com', email_verified: true, groups: ['Staff', 'others'] }, /group/],
    [{ email: 'eve@example.com', email_verified: true }, /group/],
  ];
  for (const [claims, words] of unwanted) {
    provider.accounts.set('eve', claims);
    const browser = new TestBrowser(engine);
    const { status, text, headers } = await browser.signInAtProvider('eve');
    assert.equal(status, 403, JSON.stringify(claims));
    assert.match(text, words);
    assert.match(headers.get('content-type') ?? '', /^text\/html/);
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'/);
    assert.equal((await readReport(browser)).user, null);
  }
});

test('a code is worth one sign-in, and only in the browser that has begun it', async () => {
  const [browser, other] = [new TestBrowser(engine), new TestBrowser(engine)];
  const url = await comeBack(browser);
  const stolen = await other.navigate(url.href);
  assert.equal(stolen.status, 401);
  assert.match(stolen.text, /not begun in this browser/);
  await other.navigate('/console/sign-in', { until: provider.issuer }); // A sign-in of its own, with another state.
  assert.equal((await other.navigate(url.href)).status, 401);
  const kept = new Map(browser.cookies);
  assert.equal((await browser.navigate(url.href)).url.pathname, '/console/');
  const again = await browser.navigate(url.href);
  assert.equal(again.status, 401);
  for (const [name, value] of kept) browser.cookies.set(name, value);
  const repeated = await browser.navigate(url.href);
  assert.equal(repeated.status, 401);
  assert.match(repeated.text, /begin again/);
});

test('a browser that comes back several times at once is signed in, once', async () => {
  const browser = new TestBrowser(engine);
  const url = await comeBack(browser);
  const { Cookie = '' } = browser.headers;
  const headers = { Cookie, 'X-Forwarded-For': '198.51.100.9' }; // These tries are nobody else's.
  const ask = () => fetch(url, { redirect: 'manual', headers });
  const answers = await Promise.all(Array.from({ length: 6 }, ask));
  assert.deepEqual(
    answers.map(({ status, headers }) => [status, headers.get('location')]),
    answers.map(() => [302, '/console/']),
  );
  const cookies = answers.map(({ headers }) => headers.getSetCookie().join());
  assert.equal(new Set(cookies).size, 1);
  browser.keep(answers[0]?.headers.getSetCookie() ?? []);
  assert.equal((await readReport(browser)).user?.name, 'Ada Lovelace');
});

test('what comes back changed signs in nobody', async () => {
  const changes: Record<string, string>[] = [
    { state: 'another' },
    { code: 'another' },
    { iss: 'https://evil.example' },
    { error: 'access_denied' },
  ];
  for (const change of changes) {
    const browser = new TestBrowser(engine);
    const url = await comeBack(browser);
    for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
    const { status, text } = await browser.navigate(url.href);
    assert.ok([401, 403].includes(status), `${JSON.stringify(change)}: ${status} ${text}`);
    assert.equal((await readReport(browser)).user, null);
  }
  const bare = await new TestBrowser(engine).call<Problem>('GET', callback);
  assert.deepEqual([bare.status, bare.body.code], [401, 'notAuthenticated']);
});

test('an ID token for another client, of another issuer, of another sign-in, too old or signed by somebody else is refused', async () => {
  const forgeries: [string, Parameters<TestProvider['forge']>][] = [
    ['audience', [(claims) => ({ ...claims, aud: 'another' })]],
    ['issuer', [(claims) => ({ ...claims, iss: 'https://evil.example' })]],
    ['nonce', [(claims) => ({ ...claims, nonce: 'another' })]],
    ['nonce left out', [({ nonce, ...claims }) => claims]],
    ['subject', [(claims) => ({ ...claims, sub: 'root' })]],
    ['expiry', [(claims) => ({ ...claims, exp: 1 })]],
    ['key', [(claims) => claims, true]],
  ];
  for (const [what, forgery] of forgeries) {
    provider.forge(...forgery);
    const browser = new TestBrowser(engine);
    const { status, text } = await browser.signInAtProvider('ada');
    assert.equal(status, 401, `${what}: ${text}`);
    assert.match(text, /could not be verified/);
    assert.equal((await readReport(browser)).user, null, what);
  }
});

test('a sign-in that comes back to another address than the console is refused before it begins', async () => {
  const elsewhere = [
    'https://evil.example/console/',
    '//evil.example/console/',
    '/\\evil.example',
    '/console/../api/v1/chats',
    '/console/%2e%2e/docs',
    '/console/..//evil.example',
    '/console/\\..\\..\\evil',
    '/console/\n',
    '/console',
    'javascript:alert(1)',
    '/console/'.padEnd(600, 'x'),
  ];
  for (const address of elsewhere) {
    const asked = `/console/sign-in?return=${encodeURIComponent(address)}`;
    const { status, body } = await new TestBrowser(engine).call<Problem>('GET', asked);
    assert.deepEqual([status, body.code], [422, 'invalid'], address);
  }
});

test('who signs out is signed out here first, and then at the provider', async () => {
  const browser = new TestBrowser(engine);
  await browser.signInAtProvider('ada');
  const { body } = await browser.call<{ signOutUrl: string }>('DELETE', path);
  assert.equal((await readReport(browser)).user, null);
  const url = new URL(body.signOutUrl);
  assert.deepEqual([url.origin, url.searchParams.get('id_token_hint')], [provider.issuer, null]);
  const asked = await browser.navigate(body.signOutUrl);
  const [, action = ''] = /<form[^>]* action="([^"]+)"/.exec(asked.text) ?? [];
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(asked.text) ?? [];
  const left = await browser.navigate(action, { form: { xsrf, logout: 'yes' } });
  assert.equal(left.url.href.split('?')[0], `${engine.http}/console/`);
  const again = await browser.navigate('/console/sign-in');
  assert.match(again.text, /name="login"/); // The provider knows nobody any more.
});

test('a sign-in that begins at one engine is finished at another on the same database, and counts at both', async () => {
  const other = await startTestEngine({
    databaseUrl: database.url,
    environment: environmentOf({ PUBLIC_URL: engine.http }),
  });
  try {
    const browser = new TestBrowser(engine);
    const url = await comeBack(browser);
    const atOther = new TestBrowser({ ...other, http: engine.http });
    for (const [name, value] of browser.cookies) atOther.cookies.set(name, value);
    const { Cookie = '' } = atOther.headers;
    const answer = await fetch(`${other.http}${callback}${url.search}`, { redirect: 'manual', headers: { Cookie } });
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/console/']);
    browser.keep(answer.headers.getSetCookie());
    // A busy database is answered `storage_unavailable`, to ask again.
    await waitUntilHolds(async () => assert.equal((await readReport(browser)).user?.name, 'Ada Lovelace'));
    await browser.call('DELETE', path);
    assert.equal((await readReport(browser)).user, null);
  } finally {
    await other.stop();
  }
});

test('a provider that is away is an error in words, and asked again later; the engine starts all the same', async () => {
  provider.setAway(true);
  const fresh = await startTestEngine({ environment: environmentOf() });
  try {
    assert.equal((await fetch(`${fresh.http}/ready`)).status, 200);
    const { status, body, headers } = await new TestBrowser(fresh).call<Problem>('GET', '/console/sign-in');
    assert.deepEqual([status, body.code], [503, 'signInUnavailable']);
    assert.match(body.detail, /does not answer/);
    assert.ok(Number(headers.get('retry-after')) > 0);
    provider.setAway(false);
    const begin = () => new TestBrowser(fresh).ask('GET', '/console/sign-in');
    await waitUntilHolds(async () => assert.equal((await begin()).status, 302), 700); // 60 tries a minute are allowed.
  } finally {
    provider.setAway(false);
    await fresh.close();
  }
});

test('the log says who has signed in and out, and holds no code, token or secret', async () => {
  const browser = new TestBrowser(engine);
  const url = await comeBack(browser);
  await browser.navigate(url.href);
  const cookies = [...browser.cookies.values()].filter((value) => value.length > 20);
  await browser.call('DELETE', path);
  const user = userIdOf({ iss: provider.issuer, sub: 'ada' });
  const acts = log.entries.filter(({ fields }) => fields.user === user).map(({ event }) => event);
  assert.deepEqual(acts.slice(-2), ['console.signedIn', 'console.signedOut']);
  const written = JSON.stringify(log.entries);
  for (const secret of [url.searchParams.get('code') ?? '?', testClient.secret, ...cookies, 'ada@example.com'])
    assert.equal(written.includes(secret), false, secret);
});
