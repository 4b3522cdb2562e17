// Commands of one sandbox run one after the other, in the order they came.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Outcome, succeeded } from '../../schema/error.ts';
import { CommandQueue, sandboxCommandsMax } from './command-queue.ts';

const never = new AbortController().signal;

test('a command that comes while another runs waits for it, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 4 }), { maxLength: sandboxCommandsMax }), async (ticks) => {
      const turns = new CommandQueue();
      const order: number[] = [];
      let isRunning = false;
      const work = async (at: number, count: number): Promise<Outcome<string>> => {
        assert.equal(isRunning, false);
        isRunning = true;
        for (let tick = 0; tick < count; tick++) await Promise.resolve();
        order.push(at);
        isRunning = false;
        return succeeded('done');
      };
      await Promise.all(ticks.map((count, at) => turns.run(() => work(at, count), never, 'cancelled')));
      assert.deepEqual(
        order,
        ticks.map((_, at) => at),
      );
    }),
  );
});

test('a command that is cancelled while it waits never runs, and its wait ends at once', async () => {
  const turns = new CommandQueue();
  const { promise, resolve } = Promise.withResolvers<Outcome<string>>();
  const first = turns.run(() => promise, never, 'cancelled');
  const controller = new AbortController();
  const second = turns.run(() => assert.fail('it ran'), controller.signal, 'cancelled');
  const third = turns.run(async () => succeeded('third'), never, 'cancelled');
  controller.abort();
  assert.deepEqual(await second, succeeded('cancelled'));
  resolve(succeeded('first'));
  assert.deepEqual(await Promise.all([first, third]), [succeeded('first'), succeeded('third')]);
});

test('a command whose signal came before it never runs', async () => {
  const work = () => assert.fail('it ran');
  assert.deepEqual(await new CommandQueue().run(work, AbortSignal.abort(), 'cancelled'), succeeded('cancelled'));
});

test('a command that throws lets the next one begin', async () => {
  const turns = new CommandQueue();
  const broken = turns.run(() => Promise.reject(new Error('broken')), never, 'cancelled');
  const next = turns.run(async () => succeeded('next'), never, 'cancelled');
  await assert.rejects(broken, /broken/);
  assert.deepEqual(await next, succeeded('next'));
});

test('a command is refused when too many wait', async () => {
  const turns = new CommandQueue();
  const { promise, resolve } = Promise.withResolvers<Outcome<string>>();
  const all = Array.from({ length: 1 + sandboxCommandsMax }, () => turns.run(() => promise, never, 'cancelled'));
  const refused = await turns.run(() => promise, never, 'cancelled');
  assert.ok(!refused.ok && refused.failure.code === 'overloaded' && refused.failure.retryAfterMs);
  resolve(succeeded('done'));
  await Promise.all(all);
});

test('a signal that lives long is not left with listeners', async () => {
  const turns = new CommandQueue();
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 10 }, () => turns.run(async () => succeeded('done'), signal, 'cancelled')));
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});
