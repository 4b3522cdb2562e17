// Fragments of an answer: in order, together, and never ahead of the events before them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeltaFeed } from './delta-feed.ts';

test('fragments wait for the events before them, and then come as one', async () => {
  const due = Promise.withResolvers<boolean>();
  const sent: string[] = [];
  const feed = new DeltaFeed(
    () => due.promise,
    (text) => sent.push(text),
  );
  feed.add('Hel');
  feed.add('lo');
  assert.deepEqual(sent, []);
  due.resolve(true);
  await due.promise;
  await Promise.resolve();
  assert.deepEqual(sent, ['Hello']);
});

test('fragments of a session that has another owner are dropped', async () => {
  const sent: string[] = [];
  const feed = new DeltaFeed(
    async () => false,
    (text) => sent.push(text),
  );
  feed.add('Hello');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sent, []);
});
