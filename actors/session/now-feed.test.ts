// Clients hear how a session stands when that has changed: not too often, never before it is stored.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import type { SessionNow } from '../../schema/session-now.ts';
import { NowFeed, nowIntervalMs } from './now-feed.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

const passLoop = () => new Promise((resolve) => setImmediate(resolve));

async function passInterval(): Promise<void> {
  mock.timers.tick(nowIntervalMs);
  await passLoop();
}

function createFeed({ isDue = async () => true, audience = 1 } = {}) {
  const sent: (string | undefined)[] = [];
  const state = { model: 'a', audience };
  const feed = new NowFeed({
    hasAudience: () => state.audience > 0,
    describeNow: (): SessionNow => ({ model: state.model, waitingFor: [], unread: [] }),
    waitUntilStored: isDue,
    sendNow: ({ model }) => sent.push(model),
  });
  const change = (model: string) => {
    state.model = model;
    feed.scheduleNow();
  };
  return { feed, sent, change };
}

test('many changes in a row come as one, and what is the same doesn’t come again', async () => {
  const { sent, change } = createFeed();
  for (const model of ['a', 'b', 'c']) change(model);
  await passInterval();
  assert.deepEqual(sent, ['c']);
  change('c');
  await passInterval();
  await passInterval();
  assert.deepEqual(sent, ['c']);
  change('d');
  await passInterval();
  assert.deepEqual(sent, ['c', 'd']);
});

test('nothing is told before it is stored, and nothing of a session that has another owner', async () => {
  const due = Promise.withResolvers<boolean>();
  const { sent, change } = createFeed({ isDue: () => due.promise });
  change('a');
  await passInterval();
  change('b');
  await passInterval();
  assert.deepEqual(sent, []);
  due.resolve(true);
  await passLoop();
  assert.deepEqual(sent, ['a']);
  await passInterval();
  assert.deepEqual(sent, ['a', 'b']);

  const lost = createFeed({ isDue: async () => false });
  lost.change('a');
  await passInterval();
  assert.deepEqual(lost.sent, []);
});

test('nobody is told where nobody is there, or once the session has gone', async () => {
  const alone = createFeed({ audience: 0 });
  alone.change('a');
  await passInterval();
  const gone = createFeed();
  gone.change('a');
  gone.feed.close();
  await passInterval();
  assert.deepEqual([alone.sent, gone.sent], [[], []]);
});
