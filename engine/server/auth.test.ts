// A token that was verified once is remembered, and counts no longer than it says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { Auth, type AuthOptions, verifiedTokenMs } from './auth.ts';

const sessionSecret = 's'.repeat(32);
const nobody = { userId: '', internalKey: '', host: 'localhost', origin: '', fetchSite: '', cookie: '' };
const signIns = { identify: () => undefined };

const authOf = (more: Partial<AuthOptions> = {}) =>
  new Auth({
    sessionSecret,
    internalKey: 'a key',
    isSecretPublic: false,
    leewayMs: 0,
    findViewer: () => assert.fail('It is no share.'),
    signIns,
    ...more,
  });
const tokenUntil = (expiresAtSeconds: number, secret = sessionSecret) =>
  new SignJWT({ userId: 'ada', exp: expiresAtSeconds })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));

const startMs = 1_800_000_000_000;

test('a remembered token is answered without a promise', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: startMs });
  const auth = authOf();
  const credentials = { ...nobody, authorization: `Bearer ${await tokenUntil(startMs / 1_000 + 3_600)}` };
  const first = await auth.authenticate(credentials, false, true);
  const again = auth.authenticate(credentials, false, true);
  assert.ok(!(again instanceof Promise));
  assert.deepEqual(again, first);
  assert.ok(again.ok && again.value.userId === 'ada');
});

test('a token is refused from the moment it expires, however often it was seen before', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: startMs });
  const auth = authOf();
  const credentials = { ...nobody, authorization: `Bearer ${await tokenUntil(startMs / 1_000 + 10)}` };
  assert.ok((await auth.authenticate(credentials, false, true)).ok);
  t.mock.timers.setTime(startMs + 9_999);
  assert.ok((await auth.authenticate(credentials, false, true)).ok);
  t.mock.timers.setTime(startMs + 10_000);
  const expired = await auth.authenticate(credentials, false, true);
  assert.ok(!expired.ok && expired.failure.code === 'notAuthenticated');
});

test('a remembered token is verified again after a minute', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: startMs });
  const auth = authOf();
  const credentials = { ...nobody, authorization: `Bearer ${await tokenUntil(startMs / 1_000 + 3_600)}` };
  await auth.authenticate(credentials, false, true);
  t.mock.timers.setTime(startMs + verifiedTokenMs);
  const again = auth.authenticate(credentials, false, true);
  assert.ok(again instanceof Promise);
  assert.ok((await again).ok);
});

test('where too many tokens are remembered, only the one used longest ago is verified again', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: startMs });
  const auth = authOf({ tokensMax: 2 });
  const hours = [1, 2, 3].map((hour) => tokenUntil(startMs / 1_000 + hour * 3_600));
  const [first = '', second = '', third = ''] = (await Promise.all(hours)).map((token) => `Bearer ${token}`);
  const ask = (authorization: string) => auth.authenticate({ ...nobody, authorization }, false, true);
  for (const authorization of [first, second, first, third]) await ask(authorization);
  assert.ok(!(ask(first) instanceof Promise) && !(ask(third) instanceof Promise));
  const again = ask(second);
  assert.ok(again instanceof Promise);
  assert.ok((await again).ok);
});

test('a remembered token counts as a bearer token only', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: startMs });
  const auth = authOf();
  const token = await tokenUntil(startMs / 1_000 + 3_600);
  await auth.authenticate({ ...nobody, authorization: `Bearer ${token}` }, false, true);
  for (const authorization of [token, `Basic   ${token}`, `Bearer ${token}x`, `Bearer x${token}`])
    assert.equal((await auth.authenticate({ ...nobody, authorization }, false, true)).ok, false, authorization);
});

test('a token that another secret signed is refused each time', async () => {
  const auth = authOf();
  const token = await tokenUntil(startMs / 1_000 + 3_600, 'x'.repeat(32));
  for (let time = 0; time < 2; time++)
    assert.equal((await auth.authenticate({ ...nobody, authorization: `Bearer ${token}` }, false, true)).ok, false);
});

const tokenWith = (claims: object, secret = sessionSecret) =>
  new SignJWT({ userId: 'ada', ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));

test('a token is accepted while clocks are apart by no more than the leeway, for nbf, iat and exp', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: startMs });
  const auth = authOf({ leewayMs: 30_000 });
  const isGood = async (claims: object) => (await auth.verifyToken(await tokenWith(claims), false)).ok;
  const nowSeconds = startMs / 1_000;
  for (const claims of [
    { nbf: nowSeconds + 2 },
    { nbf: nowSeconds + 30 },
    { iat: nowSeconds + 30 },
    { exp: nowSeconds - 29 },
  ])
    assert.ok(await isGood(claims), JSON.stringify(claims));
  for (const claims of [{ nbf: nowSeconds + 32 }, { iat: nowSeconds + 31 }, { exp: nowSeconds - 31 }])
    assert.ok(!(await isGood(claims)), JSON.stringify(claims));
});

test('a remembered token is believed until the leeway after its expiry is over', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: startMs });
  const auth = authOf({ leewayMs: 30_000 });
  const token = await tokenUntil(startMs / 1_000 + 10);
  assert.ok((await auth.verifyToken(token, false)).ok);
  t.mock.timers.setTime(startMs + 39_000);
  assert.ok((await auth.verifyToken(token, false)).ok);
  t.mock.timers.setTime(startMs + 41_000);
  assert.ok(!(await auth.verifyToken(token, false)).ok);
});

test('a user whose id is a number is the user of its digits', async () => {
  const verified = await authOf().verifyToken(await tokenWith({ userId: 42, projectId: 7 }), false);
  assert.ok(verified.ok);
  assert.deepEqual(verified.value, { userId: '42', projectId: '7', sessionId: undefined });
});

test('a token of a public secret is believed from this machine only, also where it is remembered', async () => {
  const auth = authOf({ isSecretPublic: true });
  const authorization = `Bearer ${await tokenWith({})}`;
  const from = async (isNear: boolean) => (await auth.authenticate({ ...nobody, authorization }, isNear, true)).ok;
  assert.deepEqual(
    [await from(false), await from(true), await from(false), await from(true)],
    [false, true, false, true],
  );
});

test('without an internal key a back end is believed from this machine only', async () => {
  const auth = authOf({ internalKey: undefined });
  const from = async (isNear: boolean) =>
    (await auth.authenticate({ ...nobody, authorization: '', userId: 'ada' }, isNear, true)).ok;
  assert.deepEqual([await from(false), await from(true)], [false, true]);
});
