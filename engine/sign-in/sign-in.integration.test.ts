// A person signs in with a browser, uses REST, streams and sockets by the cookie alone, and signs out; nobody else can.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'slonik';
import type { SignInReport } from '../../schema/protocol/routes/sign-in.ts';
import { runStatement } from '../testing/database.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { TestStream } from '../testing/event-stream.ts';
import { callAs } from '../testing/rest.ts';
import { developmentEnvironment, TestBrowser } from '../testing/sign-in.ts';
import { signInsPerUserMax } from './sign-ins.ts';
import { triesMax } from './try-budget.ts';

const path = '/console/session';
const sessions = '/api/v1/sessions';
type Problem = { code: string; detail: string };

let engine: TestEngine;
let production: TestEngine;
before(async () => {
  [engine, production] = await Promise.all([
    startTestEngine({ environment: developmentEnvironment }),
    startTestEngine(),
  ]);
});
after(() => Promise.all([engine?.close(), production?.close()]));

async function signedIn(name = 'ada', at: TestEngine = engine): Promise<TestBrowser> {
  const browser = new TestBrowser(at);
  await browser.signIn(name);
  return browser;
}

test('a name signs in at an engine for development, as an admin, with a cookie that no script reads', async () => {
  const browser = new TestBrowser(engine);
  const before = await browser.call<SignInReport>('GET', path);
  assert.deepEqual(before.body, { user: null, isAdmin: false, signIn: 'name', expiresAt: null });
  const signing = await browser.call<SignInReport>('POST', path, { name: 'ada' });
  assert.equal(signing.status, 200);
  assert.match(
    signing.headers.getSetCookie().join(),
    /^lucid_console=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/,
  );
  const now = await browser.call<SignInReport>('GET', path);
  assert.deepEqual(now.body, { ...signing.body, user: { id: 'ada', name: 'ada' }, isAdmin: true, signIn: 'name' });
  assert.ok(Date.parse(now.body.expiresAt ?? '') > Date.now());
});

test('behind a proxy that ends TLS the cookie is for https and this host alone', async () => {
  const browser = new TestBrowser(engine);
  const origin = { Origin: engine.http.replace('http:', 'https:') };
  const { headers } = await browser.call('POST', path, { name: 'ada' }, origin);
  assert.match(headers.getSetCookie().join(), /^__Host-lucid_console=.*; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/);
  assert.equal((await browser.call('GET', sessions, undefined, origin)).status, 200);
});

test('the cookie is enough for REST, and a token or a back end goes before it', async () => {
  const browser = await signedIn('grace');
  const made = await browser.call<{ sessionId: string }>('POST', sessions, { task: 'Write hello world' });
  assert.equal(made.status, 200);
  const own = await browser.call<{ sessions: object[] }>('GET', sessions);
  assert.equal(own.body.sessions.length, 1);
  const others = [{ Authorization: `Bearer ${await signTestToken('alan')}` }, backEndHeadersOf('alan')];
  for (const headers of others)
    assert.deepEqual((await browser.call<object>('GET', sessions, undefined, headers)).body, { sessions: [] });
  const wrong = await browser.call<Problem>('GET', sessions, undefined, { Authorization: 'Bearer x' });
  assert.equal(wrong.status, 401);
});

test('a socket and a stream that a cookie has opened are closed when it is signed out', async () => {
  const browser = await signedIn('mary');
  const { body } = await browser.call<{ sessionId: string }>('POST', sessions, { task: 'Write hello world' });
  const client = await browser.open();
  client.send({ session_id: body.sessionId });
  await client.waitForType('attached');
  const stream = await TestStream.open(`${engine.http}${sessions}/${body.sessionId}/events`, browser.headers);
  await stream.waitFor('attached', ({ type }) => type === 'attached');
  const out = await browser.call<{ signOutUrl: null }>('DELETE', path);
  assert.deepEqual(out.body, { signOutUrl: null });
  assert.equal(await client.closed, 4010);
  assert.equal(client.frames.at(-1)?.code, 'notAuthenticated');
  await stream.ended;
  assert.equal(browser.cookies.size, 0);
});

test('a cookie that was signed out is refused in words, also where somebody has kept it', async () => {
  const browser = await signedIn();
  const kept = new Map(browser.cookies);
  await browser.call('DELETE', path);
  for (const [name, value] of kept) browser.cookies.set(name, value);
  const refused = await browser.call<Problem>('GET', sessions);
  assert.deepEqual([refused.status, refused.body.code], [401, 'notAuthenticated']);
  assert.match(refused.body.detail, /has ended/);
  const client = await browser.open();
  client.sendRaw({ task: 'Write hello world' });
  assert.equal(await client.closed, 4010);
  const report = await browser.call<SignInReport>('GET', path);
  assert.equal(report.body.user, null);
  assert.equal(browser.cookies.size, 0); // It was taken back.
  assert.equal((await browser.call('DELETE', path)).status, 200);
});

test('a cookie that was forged, or came twice, is refused in words', async () => {
  const browser = await signedIn();
  const [[name, value] = ['', '']] = browser.cookies;
  const forged = ['x', 'A'.repeat(43), `${value}=`, value.toLowerCase(), '%00'.repeat(14), "' OR 1=1 --"];
  for (const token of forged) {
    const { status, body } = await browser.call<Problem>('GET', sessions, undefined, { Cookie: `${name}=${token}` });
    assert.deepEqual([status, body.code], [401, 'notAuthenticated'], token);
  }
  for (const both of [`${name}=${value}; ${name}=${'A'.repeat(43)}`, `${name}=${value};${name}=${value}`]) {
    const { status, body } = await browser.call<Problem>('GET', sessions, undefined, { Cookie: both });
    assert.equal(status, 401);
    assert.match(body.detail, /more than once/);
  }
  const beside = { Cookie: `theme=dark; x; =; ${name}=${value}; other=${name}=1` };
  assert.equal((await browser.call('GET', sessions, undefined, beside)).status, 200);
});

test('a cookie whose time is over is refused in words', async () => {
  const browser = await signedIn('old');
  await runStatement(
    engine.databaseUrl,
    sql.unsafe`UPDATE lucid_engine.sign_ins SET expires_at = now() - interval '1 s' WHERE user_id = 'old'`,
  );
  const { status, body } = await browser.call<Problem>('GET', sessions);
  assert.equal(status, 401);
  assert.match(body.detail, /expired/);
});

test('another site can do nothing with the cookie, not even a page of an allowed origin', async () => {
  const browser = await signedIn('joan');
  const foreign = ['http://localhost:3000', 'https://evil.example', 'null'];
  for (const Origin of foreign) {
    const posted = await browser.call<Problem>('POST', sessions, { task: 'Steal' }, { Origin });
    assert.ok([401, 403].includes(posted.status), Origin);
    assert.equal((await browser.call('GET', sessions, undefined, { Origin })).status, 401, Origin);
    for (const method of ['POST', 'DELETE']) {
      const signing = await browser.call<Problem>(method, path, { name: 'mallory' }, { Origin });
      assert.deepEqual([signing.status, signing.body.code], [403, 'foreignOrigin'], Origin);
    }
    const client = await browser.open({ Origin });
    client.sendRaw({ task: 'Steal' });
    assert.ok([4003, 4010].includes(await client.closed), Origin);
  }
  const image = { Origin: '', 'Sec-Fetch-Site': 'same-site' };
  const { Origin, ...headers } = { ...browser.headers, ...image };
  assert.equal((await fetch(`${engine.http}${sessions}`, { headers })).status, 401);
  const own = { ...headers, 'Sec-Fetch-Site': 'same-origin' };
  assert.equal((await fetch(`${engine.http}${sessions}`, { headers: own })).status, 200);
  const nameless = await fetch(`${engine.http}${sessions}`, { method: 'POST', headers: own, body: '{"task":"x"}' });
  assert.equal(nameless.status, 401);
});

test('a front end that signs tokens hands one over, at any engine', async () => {
  const browser = new TestBrowser(production);
  const report = await browser.call<SignInReport>('GET', path);
  assert.equal(report.body.signIn, 'token');
  const signing = await browser.call<SignInReport>('POST', path, { token: await signTestToken('ada') });
  assert.deepEqual([signing.body.user, signing.body.isAdmin], [{ id: 'ada', name: 'ada' }, false]);
  assert.equal((await browser.call('GET', sessions)).status, 200);
  const expired = await signTestToken('ada', { exp: 1 });
  for (const token of ['x', expired, await signTestToken('ada', {}, 'another secret that is long enough for it')]) {
    const refused = await new TestBrowser(production).call<Problem>('POST', path, { token });
    assert.deepEqual([refused.status, refused.body.code], [401, 'notAuthenticated']);
  }
});

test('a name signs in nobody at an engine with secrets of its own', async () => {
  const browser = new TestBrowser(production);
  const refused = await browser.call<Problem>('POST', path, { name: 'ada' });
  assert.deepEqual([refused.status, refused.body.code], [403, 'notAllowed']);
  assert.equal(browser.cookies.size, 0);
});

test('a name is believed over loopback only', async () => {
  const browser = new TestBrowser(engine);
  const forwarded = { 'X-Forwarded-For': '203.0.113.7' };
  const refused = await browser.call<Problem>('POST', path, { name: 'ada' }, forwarded);
  assert.deepEqual([refused.status, refused.body.code], [403, 'notAllowed']);
});

test('what is neither a name nor a token, or both, signs in nobody', async () => {
  const browser = new TestBrowser(engine);
  const wrong = [{}, { name: '' }, { name: ' \t' }, { name: 'a\0b' }, { name: 'x'.repeat(256) }, { name: 7 }, [], null];
  for (const body of [...wrong, { name: 'ada', token: 'x' }])
    assert.equal((await browser.call('POST', path, body)).status, 422, JSON.stringify(body));
  assert.equal(browser.cookies.size, 0);
});

test('who signs in again has one sign-in, and the one before it counts no more', async () => {
  const browser = await signedIn('first');
  const kept = { ...browser.headers };
  await browser.signIn('second');
  assert.equal((await browser.call<SignInReport>('GET', path)).body.user?.id, 'second');
  assert.equal((await fetch(`${engine.http}${sessions}`, { headers: kept })).status, 401);
});

test('the oldest sign-in of a user with too many ends', async () => {
  const first = await signedIn('many');
  for (let more = 0; more < signInsPerUserMax; more++) {
    assert.equal((await first.call('GET', sessions)).status, 200, `after ${more} more`);
    await new TestBrowser(engine).signIn('many', { 'X-Forwarded-For': '127.0.0.9' });
  }
  assert.equal((await first.call('GET', sessions)).status, 401);
});

test('who tries too often has to wait, and nobody else has to', async () => {
  const browser = new TestBrowser(production);
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const wrong = { token: 'x' };
  for (let tries = 0; tries < triesMax; tries++)
    assert.equal((await browser.call('POST', path, wrong, from('1.1.1.1, 203.0.113.7'))).status, 401);
  const refused = await browser.call<Problem>('POST', path, wrong, from('2.2.2.2, 203.0.113.7'));
  assert.deepEqual([refused.status, refused.body.code], [429, 'tooManyTries']);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal((await browser.call('POST', path, wrong, from('203.0.113.8'))).status, 401);
});

test('metrics say how tries to sign in end, and that the engine can take work', async (t) => {
  const fresh = await startTestEngine({ environment: developmentEnvironment });
  t.after(() => fresh.close());
  const browser = new TestBrowser(fresh);
  await browser.signIn('ada');
  for (const token of ['x', 'y']) assert.equal((await browser.call('POST', path, { token })).status, 401);
  assert.equal((await browser.call('POST', path, {})).status, 422); // Nobody has tried.
  const figures = await (await fetch(`${fresh.http}/metrics`)).text();
  assert.deepEqual(figures.match(/^lucid_sign_ins_total.*$/gm), [
    'lucid_sign_ins_total{outcome="done"} 1',
    'lucid_sign_ins_total{outcome="refused"} 2',
    'lucid_sign_ins_total{outcome="failed"} 0',
  ]);
  assert.match(figures, /^lucid_ready 1$/m);
});

test('a user sees no session of another who is signed in', async () => {
  const [ada, eve] = [await signedIn('ada2'), await signedIn('eve')];
  const { body } = await ada.call<{ sessionId: string }>('POST', sessions, { task: 'Write hello world' });
  const peek = await eve.call<Problem>('GET', `${sessions}/${body.sessionId}`);
  assert.deepEqual([peek.status, peek.body.code], [403, 'notYours']);
});

test('a back end needs no cookie, and one that comes along changes nothing', async () => {
  const headers = { Cookie: `lucid_console=${'A'.repeat(43)}` };
  assert.equal((await callAs(engine, 'ada', 'GET', sessions, undefined, headers)).status, 200);
});
