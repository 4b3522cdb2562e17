// Acts with the same key run one after the other, others side by side.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyedQueue } from './keyed-queue.ts';

test('acts with the same key wait for each other, however they end; acts with another key don’t wait', async () => {
  const queue = new KeyedQueue();
  const heard: string[] = [];
  const act =
    (name: string, fails = false) =>
    async () => {
      heard.push(`${name} begins`);
      await delay(1);
      heard.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const all = [queue.run('a', act('first', true)), queue.run('a', act('second')), queue.run('b', act('other'))];
  const results = await Promise.allSettled(all);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
  assert.ok(heard.indexOf('second begins') > heard.indexOf('first ends'));
  assert.ok(heard.indexOf('other begins') < heard.indexOf('first ends'));
});
