// Sessions that are back after an outage of the bus: each is shown, and no more are read at once than leave room for others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everything } from '../../schema/protocol/additions.ts';
import { Directory, type Follower } from '../sessions/directory.ts';
import { BackSessions } from './show-moving.ts';

test('all sessions that are back are shown as they stand, some at a time', async () => {
  const directory = new Directory(1);
  const shown: string[] = [];
  const ids = Array.from({ length: 500 }, (_, at) => `s-${at}`);
  const follower: Partial<Follower> = {
    features: everything,
    showTransient: (frames) => void shown.push(...frames.map(String)),
  };
  for (const sessionId of ids)
    directory
      .add({ sessionId, chatId: 'c', userId: 'ada' }, { task: '', createdAtMs: 0, secrets: undefined })
      .followers.add(follower as Follower);
  let [underWay, most] = [0, 0];
  const back = new BackSessions({
    directory,
    owners: { find: () => assert.fail('All of them are known here.') },
    nows: {
      read: async ({ sessionId }) => {
        most = Math.max(most, ++underWay);
        await new Promise(setImmediate);
        underWay--;
        if (sessionId === 's-7') throw new Error('PostgreSQL is away.');
        return { state: 'resting', sessionId } as never;
      },
    },
  });
  for (const sessionId of ids) back.show(sessionId);
  back.forget('s-499');
  for (let times = 0; times < 1_000 && shown.length < 498; times++) await new Promise(setImmediate);
  assert.deepEqual(
    shown.map((frame) => (JSON.parse(frame) as { sessionId: string }).sessionId),
    ids.filter((id) => id !== 's-7' && id !== 's-499'),
  );
  assert.ok(most <= 32, `${most} at once`);
});
