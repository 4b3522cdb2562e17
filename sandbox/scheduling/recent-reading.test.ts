// A costly reading is shared by all who ask at once, and for a while afterwards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RecentReading } from './recent-reading.ts';

function startReading() {
  let nowMs = 0;
  const waiting: { resolve(value: number): void; reject(error: Error): void }[] = [];
  const read = () => new Promise<number>((resolve, reject) => waiting.push({ resolve, reject }));
  const reading = new RecentReading(read, 1_000, () => nowMs);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { reading, waiting, pass };
}

test('who asks while a reading is taken, or soon after it, gets the same one', async () => {
  const { reading, waiting, pass } = startReading();
  const asked = [reading.take(), reading.take()];
  pass(60_000);
  asked.push(reading.take());
  waiting[0]?.resolve(1);
  assert.deepEqual(await Promise.all(asked), [1, 1, 1]);
  pass(999);
  assert.equal(await reading.take(), 1);
  pass(1);
  const next = reading.take();
  waiting[1]?.resolve(2);
  assert.equal(await next, 2);
});

test('a reading that failed is taken again after a while', async () => {
  const { reading, waiting, pass } = startReading();
  const first = reading.take();
  waiting[0]?.reject(new Error('No figures.'));
  await assert.rejects(first);
  await nextTurn();
  await assert.rejects(reading.take());
  pass(1_000);
  const second = reading.take();
  waiting[1]?.resolve(2);
  assert.equal(await second, 2);
});
