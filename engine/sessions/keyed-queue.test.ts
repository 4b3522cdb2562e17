// What concerns the same thing happens one after the other; nothing is remembered of what is over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyedQueue } from './keyed-queue.ts';

test('acts with the same key wait for each other, however they end; those with another key don’t wait', async () => {
  const inTurn = new KeyedQueue();
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
  const all = [inTurn.run('a', act('first', true)), inTurn.run('a', act('second')), inTurn.run('b', act('other'))];
  const results = await Promise.allSettled(all);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
  assert.ok(heard.indexOf('second begins') > heard.indexOf('first ends'));
  assert.ok(heard.indexOf('other begins') < heard.indexOf('first ends'));
});
