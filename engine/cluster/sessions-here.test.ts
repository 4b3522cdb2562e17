// A session that another engine had made here, and whose client never came, is found when that client says its task again.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { succeeded } from '../../schema/error.ts';
import { noSecrets, type SessionSettings } from '../../schema/session.ts';
import { Directory } from '../sessions/directory.ts';
import { LeftSessions, taskKeyOf } from '../sessions/left-sessions.ts';
import { makeFollower } from '../testing/follower.ts';
import { SessionsHere } from './sessions-here.ts';

const settings: SessionSettings = {
  task: 'Build it',
  provider: 'anthropic',
  ...{ projectId: null, repoUrl: null, branch: null, gitUserName: null, gitUserEmail: null },
};
const session = {
  chatId: 'c',
  userId: 'ada',
  settings,
  sealedSecrets: null,
  commandId: 'a',
  clients: 1,
  autoStart: true,
};
const key = taskKeyOf('ada', settings);

/** An engine at which another one has had a session made. */
async function openMade({ mock }: TestContext) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const directory = new Directory(1);
  const leftSessions = new LeftSessions({ graceMs: 60_000, now: () => 0 });
  const here = new SessionsHere({
    directory,
    leftSessions,
    supervisor: { getLink: () => ({ tell: () => undefined }) } as never,
    history: { findPosition: () => assert.fail('Nothing is read.') },
    secrets: { openForPlaced: async () => noSecrets },
    owners: { find: () => assert.fail('Its owner is known.') },
    secretChanges: { waitUntilRead: async () => true },
    run: { waitForTakeOver: async () => undefined },
  });
  const createPlaced = async (identity: { sessionId: string; chatId: string; userId: string }) => {
    directory.add(identity, { task: settings.task, createdAtMs: 0, secrets: noSecrets }).taskKey = key;
    return succeeded({ kind: 'created' } as const);
  };
  here.start({ createPlaced } as never);
  assert.ok((await here.answer({ kind: 'create', sessionId: 's', session }, 10_000, false)).ok);
  return { directory, leftSessions };
}

test('a session whose client never came is found by its task', async (t) => {
  const { leftSessions } = await openMade(t);
  assert.equal(leftSessions.findByTask(key), undefined, 'its client is on its way');
  t.mock.timers.tick(10_000);
  assert.equal(leftSessions.findByTask(key), 's');
});

test('a session whose client came is not', async (t) => {
  const { directory, leftSessions } = await openMade(t);
  directory.get('s')?.followers.add(makeFollower());
  t.mock.timers.tick(10_000);
  assert.equal(leftSessions.findByTask(key), undefined);
});
