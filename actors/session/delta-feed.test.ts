// Fragments of an answer: in order, together, without secrets, and never ahead of the events before them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Masking, mask } from '../../schema/rules/masking.ts';
import { DeltaFeed } from './delta-feed.ts';

const secret = 'sk-0123456789abcdef';

function createFeed(isDue: () => Promise<boolean> = async () => true): { feed: DeltaFeed; sent: string[] } {
  const sent: string[] = [];
  const masking = new Masking([secret]);
  return {
    feed: new DeltaFeed({ getMasking: () => masking, waitUntilStored: isDue, sendText: (text) => sent.push(text) }),
    sent,
  };
}

const passLoop = () => new Promise((resolve) => setImmediate(resolve));

test('fragments wait for the events before them, and then come as one', async () => {
  const due = Promise.withResolvers<boolean>();
  const { feed, sent } = createFeed(() => due.promise);
  feed.addDelta('Hel');
  feed.addDelta('lo');
  assert.deepEqual(sent, []);
  due.resolve(true);
  await due.promise;
  await Promise.resolve();
  assert.deepEqual(sent, ['Hello']);
});

test('fragments of a session that has another owner are dropped', async () => {
  const { feed, sent } = createFeed(async () => false);
  feed.addDelta('Hello');
  await passLoop();
  assert.deepEqual(sent, []);
});

test('a secret is masked wherever its fragments are cut', async () => {
  for (let cut = 0; cut <= secret.length; cut++) {
    const { feed, sent } = createFeed();
    for (const fragment of [`It is ${secret.slice(0, cut)}`, `${secret.slice(cut)}, so`]) {
      feed.addDelta(fragment);
      await passLoop();
    }
    feed.endDeltas();
    await passLoop();
    assert.equal(sent.join(''), `It is ${mask}, so`);
  }
});

test('an answer that ends as a secret begins is whole, and the next one is not joined to it', async () => {
  const { feed, sent } = createFeed();
  feed.addDelta('It begins with sk-');
  feed.endDeltas();
  feed.addDelta('0123456789abcdef is a number');
  feed.endDeltas();
  await passLoop();
  assert.equal(sent.join(''), 'It begins with sk-0123456789abcdef is a number');
});
