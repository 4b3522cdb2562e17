// The token: one that stays, or one that is asked for once until it isn't believed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenSource } from './token-source.ts';

const patienceMs = 60_000;

test('a token that was given stays, and there is no other', async () => {
  const tokens = new TokenSource('a', patienceMs);
  assert.deepEqual([await tokens.read(), tokens.refuse('a'), await tokens.read()], ['a', false, 'a']);
  assert.equal(await new TokenSource(undefined, patienceMs).read(), undefined);
});

test('a function is asked once by all who need it at the same time, and again when its token is not believed', async () => {
  let asked = 0;
  const tokens = new TokenSource(async () => `token-${++asked}`, patienceMs);
  assert.deepEqual(await Promise.all([tokens.read(), tokens.read()]), ['token-1', 'token-1']);
  assert.equal(await tokens.read(), 'token-1');
  assert.ok(tokens.refuse('token-1'));
  assert.equal(await tokens.read(), 'token-2');
  assert.ok(tokens.refuse('token-1')); // Of a call that was slower.
  assert.equal(await tokens.read(), 'token-2');
});

test('a function that fails is an error in a sentence, and is asked again the next time', async () => {
  let isAway = true;
  const tokens = new TokenSource(() => {
    if (isAway) throw new Error('the sign-in is away');
    return 'a';
  }, patienceMs);
  await assert.rejects(tokens.read(), {
    code: 'noToken',
    retryable: true,
    message: 'No token could be had: the sign-in is away',
  });
  isAway = false;
  assert.equal(await tokens.read(), 'a');
});

test('a function that never answers is given up, and asked again the next time', async () => {
  let asked = 0;
  const tokens = new TokenSource(() => (++asked === 1 ? new Promise<never>(() => undefined) : 'a'), 10);
  await assert.rejects(tokens.read(), { code: 'noToken', message: 'No token could be had: none came within 0.01 s' });
  assert.equal(await tokens.read(), 'a');
});
