// Whether a key works is found out by the provider's cheapest request, and only a clear no refuses it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeProvider } from '../testing/provider/fake-provider.ts';
import * as steps from '../testing/provider/steps.ts';
import { checkKey, type KeyCheck } from './key-check.ts';
import { anthropic } from './providers/anthropic/anthropic.ts';
import { google } from './providers/google/google.ts';

let fakeProvider: FakeProvider;
before(async () => {
  fakeProvider = await FakeProvider.open();
});
after(() => fakeProvider?.close());

const check = (provider: KeyCheck['provider'], more: Partial<KeyCheck> = {}) =>
  checkKey({ provider, apiKey: 'sk-good', baseUrl: fakeProvider.url, ...more });

test('a good key is found out by one small request, with the key in a header only', async () => {
  fakeProvider.plan('anthropic', steps.bytes('{"data": []}')).plan('google', steps.bytes('{"models": []}'));
  assert.equal(await check(anthropic), 'ok');
  assert.equal(await check(google), 'ok');
  const [first, second] = fakeProvider.requests.splice(0);
  assert.equal(`${first?.method} ${first?.path}`, 'GET /v1/models?limit=1');
  assert.equal(first?.headers.authorization, 'Bearer sk-good');
  assert.equal(first?.headers['anthropic-version'], '2026-10-21');
  assert.equal(`${second?.method} ${second?.path}`, 'GET /v1beta/models?pageSize=1');
  assert.equal(second?.headers['x-goog-api-key'], 'sk-good');
});

test('a key that the provider refuses is wrong', async () => {
  fakeProvider.plan('anthropic', steps.failure(401)).plan('google', steps.failure(401));
  assert.equal(await check(anthropic), 'wrong');
  assert.equal(await check(google), 'wrong');
  fakeProvider.plan('google', steps.failure(400, { type: 'API_KEY_INVALID', message: 'API key not valid.' }));
  assert.equal(await check(google), 'wrong');
  assert.equal(await check(anthropic, { apiKey: 'not\na key' }), 'wrong');
});

test('anything else says nothing about the key', async () => {
  for (const status of [400, 403, 404, 429, 500, 529]) {
    fakeProvider.plan('anthropic', steps.failure(status)).plan('google', steps.failure(status));
    assert.equal(await check(anthropic), 'unknown');
    assert.equal(await check(google), 'unknown');
  }
  fakeProvider.plan('google', steps.flood(64 * 1024 * 1024), steps.failure(400, { message: 'x'.repeat(500_000) }));
  assert.equal(await check(google), 'ok');
  assert.equal(await check(google), 'unknown');
});

test('a key is not sent to where a redirect leads', async () => {
  fakeProvider.requests.length = 0;
  fakeProvider.plan('anthropic', steps.failure(302, { headers: { location: `${fakeProvider.url}/elsewhere` } }));
  assert.equal(await check(anthropic), 'unknown');
  assert.equal(fakeProvider.requests.length, 1);
});

test('a check ends after its time or when it is cancelled, and says nothing about the key', async () => {
  fakeProvider.plan('anthropic', steps.nothing(), steps.nothing());
  assert.equal(await check(anthropic, { timeoutMs: 50 }), 'unknown');
  assert.equal(await check(anthropic, { signal: AbortSignal.timeout(50) }), 'unknown');
  assert.equal(await check(anthropic, { baseUrl: 'http://127.0.0.1:9' }), 'unknown');
});
