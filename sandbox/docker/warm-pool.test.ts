// A warm pool makes as many containers as asked for, each is used once, and none is left when the pool closes.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { WarmPool, type WarmSandbox, warmRetryMs, warmStartsMax } from './warm-pool.ts';

class Fake {
  isClosed = false;
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

let made: Fake[];
let starting: number;
let most: number;
let fails: boolean;
let hold: Promise<void>;
beforeEach(() => {
  made = [];
  starting = 0;
  most = 0;
  fails = false;
  hold = Promise.resolve();
});

async function make(): Promise<Outcome<WarmSandbox>> {
  most = Math.max(most, ++starting);
  await hold;
  await setImmediate();
  starting--;
  if (fails) return failed('sandboxFailed', 'Docker is away.');
  const fake = new Fake();
  made.push(fake);
  return succeeded({ sandbox: fake, owned: {} } as unknown as WarmSandbox);
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await setImmediate();
}

async function filled(size: number): Promise<WarmPool> {
  const pool = new WarmPool(size, make);
  pool.refill();
  await settled();
  return pool;
}

test('a warm pool makes as many as asked for, a bounded number at once', async () => {
  const pool = await filled(5);
  assert.equal(made.length, 5);
  assert.ok(most <= warmStartsMax);
  await pool.close();
});

test('a warm container is given out once, and another is made in its place', async () => {
  const pool = await filled(2);
  const taken = [pool.take(), pool.take()];
  assert.equal(pool.take(), undefined);
  pool.refill();
  await settled();
  assert.equal(made.length, 4);
  const next = [pool.take(), pool.take()];
  assert.equal(new Set([...taken, ...next].map((warm) => warm?.sandbox)).size, 4);
  await pool.close();
});

test('a size of 0 turns the warm pool off', async () => {
  const pool = await filled(0);
  assert.equal(pool.take(), undefined);
  assert.equal(made.length, 0);
  await pool.close();
});

test('a pool that is closed removes what is ready and what is being made, and makes nothing afterwards', async () => {
  const pool = await filled(2);
  const taken = pool.take();
  pool.refill();
  const { promise, resolve } = Promise.withResolvers<void>();
  hold = promise;
  const closing = pool.close();
  resolve();
  await closing;
  await settled();
  assert.deepEqual(
    made.map((fake) => fake.isClosed),
    made.map((fake) => fake !== (taken?.sandbox as unknown)),
  );
  pool.refill();
  await settled();
  assert.equal(starting, 0);
});

test('a pool that can make nothing tries again later, not at once', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    fails = true;
    const pool = await filled(2);
    const before = most;
    await settled();
    assert.equal(starting, 0);
    assert.ok(before <= warmStartsMax);
    fails = false;
    mock.timers.tick(warmRetryMs);
    await settled();
    assert.equal(made.length, 2);
    await pool.close();
  } finally {
    mock.timers.reset();
  }
});
