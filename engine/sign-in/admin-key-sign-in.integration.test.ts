// Somebody with a token signs in as an admin by ADMIN_KEY: who may, what that opens, and what the log says of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SignInReport } from '../../schema/protocol/routes/sign-in.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { RecordedLog } from '../testing/log.ts';
import { TestBrowser } from '../testing/sign-in.ts';

const path = '/console/session';
const adminKey = 'an admin key for tests';
type Problem = { code: string; detail: string };

const log = new RecordedLog();
let engine: TestEngine;
let keyless: TestEngine;
before(async () => {
  [engine, keyless] = await Promise.all([
    startTestEngine({ log, environment: { ADMIN_KEY: adminKey } }),
    startTestEngine(),
  ]);
});
after(() => Promise.all([engine?.close(), keyless?.close()]));

test('the admin key beside a token makes its user an admin, by cookie, and opens nobody’s sessions', async () => {
  const [ada, eve] = [new TestBrowser(engine), new TestBrowser(engine)];
  const signing = await ada.call<SignInReport>('POST', path, { token: await signTestToken('ada'), adminKey });
  assert.equal(signing.status, 200);
  assert.match(signing.headers.getSetCookie().join(), /^lucid_console=admin\.[\w-]{43}; .*HttpOnly; SameSite=Lax$/);
  const { user, isAdmin } = (await ada.call<SignInReport>('GET', path)).body;
  assert.deepEqual([user, isAdmin], [{ id: 'ada', name: 'ada' }, true]);
  assert.equal((await ada.call('GET', '/api/v1/admin/engines')).status, 200);
  await eve.call('POST', path, { token: await signTestToken('eve') });
  const { body } = await eve.call<{ sessionId: string }>('POST', '/api/v1/sessions', { task: 'Write hello world' });
  assert.equal((await ada.call('GET', `/api/v1/sessions/${body.sessionId}`)).status, 403);
  assert.equal((await eve.call('GET', '/api/v1/admin/engines')).status, 403);
  assert.equal((await ada.call('DELETE', path)).status, 200);
  assert.equal((await ada.call('GET', '/api/v1/admin/engines')).status, 401);
});

test('a wrong admin key, one without a good token, or one where the engine has none, signs nobody in', async () => {
  const token = await signTestToken('mallory');
  const tries = [
    { at: engine, body: { token, adminKey: 'a wrong one' }, status: 401, says: /admin key is wrong/ },
    { at: engine, body: { token: 'x', adminKey }, status: 401, says: /token is not valid/ },
    { at: engine, body: { adminKey }, status: 422, says: /name or a token/ },
    { at: engine, body: { name: 'mallory', adminKey }, status: 422, says: /name or a token/ },
    { at: keyless, body: { token, adminKey }, status: 401, says: /no ADMIN_KEY/ },
  ];
  for (const { at, body, status, says } of tries) {
    const browser = new TestBrowser(at);
    const refused = await browser.call<Problem>('POST', path, body);
    assert.equal(refused.status, status);
    assert.match(refused.body.detail, says);
    assert.equal(browser.cookies.size, 0);
  }
});

test('an empty admin key makes nobody an admin', async () => {
  for (const at of [engine, keyless]) {
    const body = { token: await signTestToken('ada'), adminKey: '' };
    assert.equal((await new TestBrowser(at).call<SignInReport>('POST', path, body)).body.isAdmin, false);
  }
});

test('another site makes nobody an admin, and a form that hands a token over neither', async () => {
  const browser = new TestBrowser(engine);
  const body = { token: await signTestToken('ada'), adminKey };
  const refused = await browser.call<Problem>('POST', path, body, { Origin: 'https://evil.example' });
  assert.deepEqual([refused.status, refused.body.code], [403, 'foreignOrigin']);
  const form = new URLSearchParams(body);
  const { headers } = browser;
  const handed = await fetch(`${engine.http}/console/hand-over`, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: form,
  });
  browser.keep(handed.headers.getSetCookie());
  assert.equal((await browser.call<SignInReport>('GET', path)).body.isAdmin, false);
});

test('the log says by what somebody became an admin, and has neither key nor token', async () => {
  const token = await signTestToken('joan');
  await new TestBrowser(engine).call('POST', path, { token, adminKey: 'a wrong one' });
  await new TestBrowser(engine).call('POST', path, { token, adminKey });
  const lines = log.entries.filter(({ fields }) => fields.user === 'joan');
  assert.deepEqual(
    lines.map(({ event, fields }) => [event, fields.by ?? fields.reason, fields.outcome]),
    [
      ['access.refused', 'The admin key is wrong.', 'notAuthenticated'],
      ['console.signedIn', 'ADMIN_KEY', 'done'],
    ],
  );
  const written = JSON.stringify(log.entries);
  for (const secret of [adminKey, 'a wrong one', token]) assert.ok(!written.includes(secret));
});
