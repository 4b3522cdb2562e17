// What goes wrong with a provider or a person is said to both: to the person in words, and to the operator in the log.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import type { SignInReport } from '../../schema/protocol/routes/sign-in.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startTestEngine, type TestEngine } from '../testing/engine.ts';
import { RecordedLog } from '../testing/log.ts';
import { startTestProvider, type TestProvider, testClient } from '../testing/oidc.ts';
import { waitUntil } from '../testing/rest.ts';
import { TestBrowser } from '../testing/sign-in.ts';
import { userIdOf } from './person-of-claims.ts';

type Problem = { code: string; detail: string };
const begin = '/console/sign-in';
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
  provider.forge(undefined);
  provider.accounts.set('ada', { name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true });
  provider.accounts.set('eve', { email: 'eve@evil.example', email_verified: true });
});
after(async () => {
  await engine?.close();
  await Promise.all([provider?.close(), database?.drop()]);
});

const environmentOf = (more: Record<string, string> = {}) => ({
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: testClient.id,
  OIDC_CLIENT_SECRET: testClient.secret,
  OIDC_ALLOWED_DOMAINS: 'example.com',
  ...more,
});

/** What the log of an engine with other settings says of its provider, once it says it. */
async function reasonAt(environment: Record<string, string>, act?: (other: TestEngine) => Promise<unknown>) {
  const ofOther = new RecordedLog();
  const other = await startTestEngine({
    databaseUrl: database.url,
    environment: environmentOf(environment),
    log: ofOther,
  });
  const failures = () => ofOther.entries.filter(({ event }) => event === 'signIn.failed');
  try {
    await act?.(other);
    await waitUntil(async () => failures().length > 0);
    return failures()[0]?.fields ?? {};
  } finally {
    await other.stop();
  }
}

/** A server that is no provider. */
async function serving<Result>(listener: RequestListener, act: (url: string) => Promise<Result>): Promise<Result> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('the log says at the start that the provider was found, or why not', async () => {
  await waitUntil(async () => log.entries.some(({ event }) => event === 'signIn.providerFound'));
  const [found] = log.entries.filter(({ event }) => event === 'signIn.providerFound');
  assert.deepEqual(found?.fields, { issuer: provider.issuer, scope: 'openid profile email' });
  const { reason, issuer } = await serving(
    (_, response) => response.writeHead(404).end(),
    (url) => reasonAt({ OIDC_ISSUER: url }),
  );
  assert.match(String(reason), /\(404 at http:\/\/127\.0\.0\.1:\d+\/\.well-known\/openid-configuration\)/);
  assert.ok(String(reason).includes(String(issuer)));
});

test('a provider by another name than the configured one is told from one that does not answer', async () => {
  const issuer = provider.issuer.replace('127.0.0.1', 'localhost');
  let told: { status: number; body: Problem } | undefined;
  const { reason } = await reasonAt({ OIDC_ISSUER: issuer }, async (other) => {
    told = await new TestBrowser(other).call<Problem>('GET', begin);
  });
  assert.ok(String(reason).includes(`OIDC_ISSUER is ${issuer}`), String(reason));
  assert.ok(String(reason).includes(`it calls itself ${provider.issuer}`), String(reason));
  assert.deepEqual([told?.status, told?.body.code], [503, 'signInUnavailable']);
  assert.match(told?.body.detail ?? '', /not what this engine expects/);
});

test('a wrong secret of the client is named by the code that the provider gives', async () => {
  const wrong = { OIDC_CLIENT_SECRET: 'a wrong one', PUBLIC_URL: engine.http };
  const { reason } = await reasonAt(wrong, async (other) => {
    const browser = new TestBrowser(engine);
    const { url } = await browser.signInAtProvider('ada', { until: `${engine.http}/console/callback` });
    const atOther = await fetch(`${other.http}/console/callback${url.search}`, { headers: browser.headers });
    assert.equal(atOther.status, 503);
  });
  assert.equal(reason, `it refused this engine: invalid_client (401 at ${provider.issuer}/token)`);
});

test('an ID token of another time says how far the clocks are apart', async () => {
  provider.forge((claims) => ({ ...claims, exp: Math.floor(Date.now() / 1_000) - 3_600 }));
  await new TestBrowser(engine).signInAtProvider('ada');
  const reason = String(log.entries.findLast(({ event }) => event === 'signIn.failed')?.fields.reason);
  assert.match(reason, /: exp is 36\d\d s behind this machine's clock$/);
});

test('a sign-in that is refused is a warning that says why, and of which domain and subject', async () => {
  await new TestBrowser(engine).signInAtProvider('eve');
  const { level, fields } = log.entries.findLast(({ event }) => event === 'access.refused') ?? assert.fail();
  assert.equal(level, 'warn');
  const user = userIdOf({ iss: provider.issuer, sub: 'eve' });
  assert.partialDeepStrictEqual(fields, {
    ...{ asked: 'console.signedIn', outcome: 'notAllowed', user },
    ...{ reason: 'otherDomain', domain: 'evil.example', subject: 'eve' },
  });
  assert.equal(JSON.stringify(log.entries).includes('eve@'), false);
});

test('a sign-in that fails for another reason is no line of one who has signed in', async () => {
  const seen = log.entries.length;
  await new TestBrowser(engine).ask('POST', '/console/session', {});
  await new TestBrowser(engine).ask('POST', '/console/session', { name: 'ada', token: 'x' });
  const isOfSignIn = ({ event }: { event: string }) => event === 'access.refused' || event === 'console.signedIn';
  const linesSince = () => log.entries.slice(seen).filter(isOfSignIn);
  assert.deepEqual(
    linesSince().map(({ level, event, fields }) => [level, event, fields.asked, fields.outcome]),
    [1, 2].map(() => ['warn', 'access.refused', 'console.signedIn', 'invalid']),
  );
  await new TestBrowser(engine).signInAtProvider('ada');
  const { event, fields } = linesSince().at(-1) ?? assert.fail();
  assert.deepEqual([event, fields.name, fields.outcome], ['console.signedIn', 'Ada Lovelace', 'done']);
});

test('who came as the wrong person is told so, and is asked at the provider who they are the next time', async () => {
  const browser = new TestBrowser(engine);
  const promptOf = async () => {
    const { url } = await browser.navigate(begin, { until: provider.issuer });
    return url.searchParams.get('prompt');
  };
  const refused = await browser.signInAtProvider('eve');
  assert.match(refused.text, /You came as eve@evil\.example/);
  assert.equal(await promptOf(), 'login');
  provider.accounts.set('eve', { name: 'Eve', email: 'eve@example.com', email_verified: true });
  await browser.signInAtProvider('eve');
  assert.equal((await browser.call<SignInReport>('GET', '/console/session')).body.user?.name, 'Eve');
  assert.equal(await promptOf(), null);
});

test('a sign-in that begins at another address of the engine goes on at its public one', async () => {
  const other = await startTestEngine({
    databaseUrl: database.url,
    environment: environmentOf({ PUBLIC_URL: engine.http }),
  });
  try {
    const asked = `${begin}?return=${encodeURIComponent('/console/history?q=a&b')}`;
    const moved = await new TestBrowser(other).ask('GET', asked);
    const to = new URL(moved.headers.get('location') ?? '');
    assert.deepEqual([moved.status, to.origin, to.pathname], [302, engine.http, begin]);
    assert.equal(to.searchParams.get('return'), '/console/history?q=a&b');
    assert.deepEqual(moved.headers.getSetCookie(), []);
    const browser = new TestBrowser(engine);
    const arrived = await browser.signInAtProvider('ada', { at: to.href });
    assert.equal(arrived.url.href, `${engine.http}/console/history?q=a&b`);
    const behindProxy = await new TestBrowser(other).ask('GET', `${begin}?moved=1`); // Its Host is never the public one.
    assert.ok(behindProxy.headers.get('location')?.startsWith(provider.issuer));
  } finally {
    await other.stop();
  }
});

test('who signs in at the provider anew has one sign-in, and the one before it counts no more', async () => {
  const browser = new TestBrowser(engine);
  await browser.signInAtProvider('ada');
  const kept = { ...browser.headers };
  await browser.signInAtProvider('ada');
  assert.equal((await fetch(`${engine.http}/api/v1/sessions`, { headers: kept })).status, 401);
  assert.equal((await browser.call('GET', '/api/v1/sessions')).status, 200);
});
