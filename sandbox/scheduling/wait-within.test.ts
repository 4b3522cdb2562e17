// A wait gives the result in time, or says that it is late or cancelled; no timer or listener stays.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { waitWithin } from './wait-within.ts';

const never = new Promise<string>(() => undefined);

test('work that is done in time gives its result, and work that fails its error', async () => {
  assert.equal(await waitWithin(Promise.resolve('done'), 1_000), 'done');
  await assert.rejects(waitWithin(Promise.reject(new Error('broken')), 1_000), /broken/);
});

test('work that takes longer is late', async () => {
  assert.equal(await waitWithin(never, 10), 'late');
});

test('a signal ends the wait, also one that came before', async () => {
  const controller = new AbortController();
  const waiting = waitWithin(never, 60_000, controller.signal);
  controller.abort();
  assert.equal(await waiting, 'cancelled');
  assert.equal(await waitWithin(never, 60_000, AbortSignal.abort()), 'cancelled');
});

test('a limit that no timer can hold is as long as a timer can be', async () => {
  const work = setTimeout(20, 'done');
  assert.equal(await waitWithin(work, Number.POSITIVE_INFINITY), 'done');
});

test('a signal that lives long is not left with listeners', async () => {
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 10 }, () => waitWithin(Promise.resolve('done'), 1_000, signal)));
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('work that fails after the wait is over ends nothing else', async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  assert.equal(await waitWithin(promise, 5), 'late');
  reject(new Error('too late'));
  await setTimeout(5);
});
