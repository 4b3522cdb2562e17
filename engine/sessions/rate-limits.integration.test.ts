// Sessions that share a key, on several hosts, wait for its limits: none is refused that need not be, and none waits unseen.
import assert from 'node:assert/strict';
import type { ProviderRequest } from '../../actors/testing/provider/fake-provider.ts';
import { answer, failure, withHeaders } from '../../actors/testing/provider/steps.ts';
import { shareTestAgents, type TestAgents, testIn } from '../testing/agents.ts';
import { TestClient } from '../testing/client.ts';
import { signTestToken } from '../testing/engine.ts';

const agents = shareTestAgents('local', { environment: { HOST_THREADS: '2' } });

/** A provider's limit of requests, which fills again all the time. */
class LimitedProvider {
  readonly #perSecond: number;
  readonly #limit: number;
  #left: number;
  #atMs = performance.now();
  refused = 0;

  constructor(limit: number, perSecond: number) {
    this.#limit = limit;
    this.#perSecond = perSecond;
    this.#left = limit;
  }

  readonly of = (_: ProviderRequest) => {
    const nowMs = performance.now();
    this.#left = Math.min(this.#limit, this.#left + ((nowMs - this.#atMs) / 1_000) * this.#perSecond);
    this.#atMs = nowMs;
    if (this.#left < 1) {
      this.refused++;
      return failure(429, { retryAfter: '0.5' });
    }
    this.#left -= 1;
    const fullInMs = Math.ceil(((this.#limit - this.#left) / this.#perSecond) * 1_000);
    const headers = {
      'anthropic-ratelimit-requests-limit': `${this.#limit}`,
      'anthropic-ratelimit-requests-remaining': `${Math.floor(this.#left)}`,
      'anthropic-ratelimit-requests-reset': new Date(Date.now() + fullInMs).toISOString(),
    };
    return withHeaders(headers, answer({ text: 'Done.' }));
  };
}

const startAs = async (held: TestAgents, userId: string, task: string) =>
  TestClient.start(held.engine.ws, await signTestToken(userId), task, {});

testIn.local('sessions of several users are answered within a limit, and who waits is told how long', async () => {
  const held = await agents();
  const provider = new LimitedProvider(4, 5);
  held.fakeProvider.answerOtherwise(provider);
  await (await startAs(held, 'ada', 'Tell the limit.')).waitForStatus('completed');
  const users = ['ada', 'bob', 'cleo'].flatMap((userId) => [1, 2, 3, 4].map((n) => ({ userId, task: `Task ${n}.` })));
  const clients = await Promise.all(users.map(({ userId, task }) => startAs(held, userId, task)));
  for (const client of clients) assert.equal((await client.waitForStatus('completed')).reason, 'finished');
  assert.equal(provider.refused, 0);
  const waits = clients.flatMap(({ frames }) => frames.filter(({ type }) => type === 'model_wait'));
  assert.ok(waits.length > 0);
  for (const { waiting, waitMs } of waits) assert.ok(waiting === 'rateLimit' && Number(waitMs) > 0);
  for (const client of clients) await client.close();
});

testIn.local('requests that are refused together are not asked together again', async () => {
  const held = await agents();
  let refusals = 0;
  const isRefused = () => refusals < 6 && ++refusals > 0;
  held.fakeProvider.answerOtherwise({
    of: () => (isRefused() ? failure(429, { retryAfter: '0.4' }) : answer({ text: 'Done.' })),
  });
  // Another key, of which nothing is known.
  const start = async (task: string) =>
    TestClient.start(held.engine.ws, await signTestToken('dora'), task, { modelProvider: 'google' });
  const clients = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => start(`Task ${n}.`)));
  for (const client of clients) assert.equal((await client.waitForStatus('completed')).reason, 'finished');
  assert.equal(held.fakeProvider.answerRequests.length, 12);
  for (const client of clients) await client.close();
});

testIn.local(
  'a session whose own request was refused says until when it waits, and that it does so no more',
  async () => {
    const held = await agents();
    held.fakeProvider.plan('google', failure(429, { retryAfter: '3' }), answer({ text: 'Done.' }));
    const client = await held.startClient('Be refused once.', { modelProvider: 'google' });
    const retry = await client.waitForType('model_retry');
    assert.ok(Number.isInteger(retry.waitMs) && Number(retry.waitMs) >= 3_000);
    const untilOf = (frame: { now?: unknown }) => (frame.now as { rateLimitedUntil?: string }).rateLimitedUntil;
    const isState = ({ type }: { type: string }) => type === 'session_state';
    await client.waitFor('it says until when', (frame) => isState(frame) && untilOf(frame) !== undefined);
    await client.waitForStatus('completed');
    const waited = client.frames.findLastIndex((frame) => isState(frame) && untilOf(frame) !== undefined);
    await client.waitFor(
      'it says so no more',
      (frame) => isState(frame) && untilOf(frame) === undefined && client.frames.indexOf(frame) > waited,
    );
    await client.close();
  },
);

testIn.local('a session that waits for a limit shows it, and an interrupt ends the wait at once', async () => {
  const held = await agents();
  const headers = {
    'x-ratelimit-limit-requests': '1',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '4m',
  };
  held.fakeProvider.plan('openai', withHeaders(headers, answer({ text: 'Done.' })));
  const client = await held.startClient('Use it up.', { modelProvider: 'openai' });
  const first = await client.waitForStatus('completed');
  client.send({ type: 'message', content: 'And again.' });
  const wait = await client.waitForType('model_wait');
  assert.ok(Number(wait.waitMs) > 200_000);
  const state = await client.waitFor(
    'the session says until when it waits',
    ({ type, now }) =>
      type === 'session_state' && (now as { rateLimitedUntil?: string }).rateLimitedUntil !== undefined,
  );
  assert.ok(Date.parse((state.now as { rateLimitedUntil: string }).rateLimitedUntil) > Date.now() + 200_000);
  client.send({ type: 'interrupt' });
  const completed = await client.waitForStatus('completed', first.sequence);
  assert.equal(completed.reason, 'interrupted');
  assert.equal(held.fakeProvider.answerRequests.length, 1);
  await client.close();
});
