// Asking again: how often, how long it waits, what is told of it, and how it is cancelled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isSettled, passLoops } from '../testing/event-loop.ts';
import type { AnswerOptions, AnswerResult, ModelErrorCode } from './model.ts';
import { makeAskFailure, modelErrors, modelRetryWaitMsMax } from './model-errors.ts';
import { type AskResult, askWithRetries, modelRetryAfterMsMax, waitMsOf } from './retry.ts';

const answer = { thoughts: [], text: 'Done.', toolCalls: [], stop: 'done' as const };
const usage = { inputTokens: 1, outputTokens: 1, cachedTokens: 0, cacheWriteTokens: 0 };
const answered: AskResult = { kind: 'answered', answer: { ...answer, usage } };

type Retry = Parameters<NonNullable<AnswerOptions['onRetry']>>[0];

/** Asks until the results are used up; the last one stays. */
function startAsking(results: AskResult[], signal = new AbortController().signal) {
  const report = { asked: 0, retries: [] as Retry[] };
  const ask = async () => {
    report.asked++;
    return results[Math.min(report.asked, results.length) - 1] as AskResult;
  };
  const onRetry = (retry: Retry) => void report.retries.push(retry);
  const result: Promise<AnswerResult> = askWithRetries(ask, { signal, onRetry, random: () => 0 });
  return { report, result };
}

test('each kind of failure is tried again as often as it says, and then told', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const [code, { retriesMax }] of Object.entries(modelErrors)) {
    const { report, result } = startAsking([makeAskFailure(code as ModelErrorCode, 'why', { refusesThoughts: true })]);
    for (let turn = 0; turn <= retriesMax; turn++) {
      await passLoops(2);
      t.mock.timers.tick(modelRetryWaitMsMax);
    }
    const { sentence } = modelErrors[code as ModelErrorCode];
    assert.deepEqual(await result, { kind: 'failed', code, message: `${sentence} (why)` });
    assert.equal(report.asked, retriesMax + 1, code);
    assert.equal(report.retries.length, retriesMax, code);
  }
});

test('the wait doubles, and the reason and its length are told', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const overloaded = makeAskFailure('overloaded');
  const { report, result } = startAsking([overloaded, overloaded, overloaded, answered]);
  for (const waitMs of [500, 1_000, 2_000]) {
    await passLoops(2);
    t.mock.timers.tick(waitMs - 1);
    assert.equal(await isSettled(result), false);
    const { asked } = report;
    t.mock.timers.tick(1);
    await passLoops(2);
    assert.equal(report.asked, asked + 1);
  }
  assert.deepEqual(await result, answered);
  assert.deepEqual(report.retries, [
    { code: 'overloaded', waitMs: 500, attempt: 1 },
    { code: 'overloaded', waitMs: 1_000, attempt: 2 },
    { code: 'overloaded', waitMs: 2_000, attempt: 3 },
  ]);
});

test('a provider that says when is asked then; one that asks for too long is not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { report, result } = startAsking([makeAskFailure('rateLimited', '', { retryAfterMs: 90_000 }), answered]);
  await passLoops(2);
  t.mock.timers.tick(89_999);
  assert.equal(await isSettled(result), false);
  t.mock.timers.tick(1);
  assert.equal((await result).kind, 'answered');
  assert.equal(report.retries[0]?.waitMs, 90_000);
  const tooLong = startAsking([makeAskFailure('rateLimited', '', { retryAfterMs: modelRetryAfterMsMax + 1 })]);
  assert.equal((await tooLong.result).kind, 'failed');
  assert.equal(tooLong.report.asked, 1);
});

test('waits are never longer than their bound, never shorter than half of what they would be, and differ', async () => {
  const codes = fc.constantFrom(...(Object.keys(modelErrors) as ModelErrorCode[]));
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  await fc.assert(
    fc.property(codes, fc.integer({ min: 1, max: 10 }), random, (code, attempt, at) => {
      const { waitMs } = modelErrors[code];
      const longestMs = Math.min(modelRetryWaitMsMax, waitMs * 2 ** (attempt - 1));
      const chosenMs = waitMsOf(makeAskFailure(code), attempt, modelRetryWaitMsMax, at);
      assert.ok(chosenMs >= longestMs / 2 && chosenMs <= longestMs);
      const asked = makeAskFailure(code, '', { retryAfterMs: 5_000 });
      assert.ok(waitMsOf(asked, attempt, modelRetryWaitMsMax, at) >= 5_000);
    }),
  );
});

test('an interrupt ends the wait at once, and nothing is asked afterwards', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const abort = new AbortController();
  const { report, result } = startAsking([makeAskFailure('overloaded')], abort.signal);
  await passLoops(2);
  abort.abort();
  assert.deepEqual(await result, { kind: 'cancelled' });
  t.mock.timers.tick(modelRetryWaitMsMax);
  await passLoops(2);
  assert.equal(report.asked, 1);
});

test('an interrupt does not wait for a request that ignores it, and one that came before asks nothing', async () => {
  const abort = new AbortController();
  const endless = askWithRetries(() => new Promise<AskResult>(() => undefined), { signal: abort.signal });
  abort.abort();
  assert.deepEqual(await endless, { kind: 'cancelled' });
  const { report, result } = startAsking([answered], abort.signal);
  assert.deepEqual(await result, { kind: 'cancelled' });
  assert.equal(report.asked, 0);
});

test('a request that fails by a bug of the engine is not made again', async () => {
  let asked = 0;
  const fault = new Error('A fault.');
  const ask = async (): Promise<AskResult> => {
    asked++;
    throw fault;
  };
  await assert.rejects(askWithRetries(ask, { signal: new AbortController().signal }), fault);
  assert.equal(asked, 1);
});
