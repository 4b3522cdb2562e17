// What other engines ask of sessions here: one that was made here, and whose client never came, is found when that client says its
// task again; what rests is left so; what can't be had is refused in words.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Asked } from '../../schema/bus-asks.ts';
import { type Outcome, sessionRests, succeeded } from '../../schema/error.ts';
import { noResources } from '../../schema/resources.ts';
import { noSecrets, type SessionSettings } from '../../schema/session.ts';
import type { Reply } from '../../schema/thread.ts';
import { Directory } from '../sessions/directory.ts';
import { LeftSessions, taskKeyOf } from '../sessions/left-sessions.ts';
import { tooManySessions } from '../sessions/refusals.ts';
import { makeFollower } from '../testing/follower.ts';
import type { Owner } from './owners.ts';
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

const askNobody = (): Promise<Outcome<Reply>> => assert.fail('No host is asked.');

function openHere(find: () => Promise<Owner>, ask = askNobody) {
  const directory = new Directory(1);
  const leftSessions = new LeftSessions({ graceMs: 60_000, now: () => 0 });
  const here = new SessionsHere({
    directory,
    leftSessions,
    supervisor: { getLink: () => ({ tell: () => undefined, ask }) } as never,
    history: { findPosition: () => assert.fail('Nothing is read.') },
    secrets: { openForPlaced: async () => noSecrets },
    owners: { find },
    secretChanges: { waitUntilRead: async () => true },
    run: { waitForTakeOver: async () => undefined },
  });
  return { directory, leftSessions, here };
}

/** An engine at which another one has had a session made. */
async function openMade({ mock }: TestContext) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { directory, leftSessions, here } = openHere(() => assert.fail('Its owner is known.'));
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

/** How the rows name a session that rests. */
const resting = (kind: 'mine' | 'nobody') =>
  ({
    kind,
    session: {
      ...{ sessionId: 's', chatId: 'c', userId: 'ada', state: 'live', task: settings.task, createdAtMs: 0 },
      ...{ livingRunId: null, bootId: null, labels: null },
    },
  }) satisfies Owner;

test('what is asked of a session at rest leaves it so, and doesn’t count as one of its user’s', async () => {
  for (const [kind, isOwn] of [
    ['mine', false],
    ['mine', true],
    ['nobody', true],
  ] as const) {
    const { directory, here } = openHere(async () => resting(kind));
    const ask = (asked: Asked) => here.answer(asked, 1_000, isOwn);
    const measured = succeeded({ kind: 'resources', resources: noResources });
    assert.deepEqual(await ask({ kind: 'measure', sessionId: 's' }), measured);
    assert.deepEqual(await ask({ kind: 'describe', sessionId: 's' }), succeeded({ kind: 'now', now: null }));
    const listed = { kind: 'workspace', sessionId: 's', request: { ask: 'listFiles' }, mayWake: false } as const;
    assert.deepEqual(await ask(listed), sessionRests);
    assert.deepEqual(await here.findAsIs('s'), kind === 'mine' ? resting(kind).session : undefined);
    assert.equal(directory.size, 0);
  }
});

test('what is asked of a session that comes into memory meanwhile is asked of its host', async () => {
  const done = succeeded({ kind: 'now', now: null } as const);
  const { directory, here } = openHere(
    async () => {
      directory.add({ sessionId: 's', chatId: 'c', userId: 'ada' }, { task: '', createdAtMs: 0, secrets: noSecrets });
      return resting('mine');
    },
    async () => done,
  );
  assert.equal(await here.answer({ kind: 'describe', sessionId: 's' }, 1_000, false), done);
});

test('a command for a session that its user may not have beside so many others is refused, and not asked elsewhere in vain', async () => {
  const { here } = openHere(async () => resting('nobody'));
  here.start({ ensureEntry: () => tooManySessions } as never);
  const command = { kind: 'command', sessionId: 's', command: { type: 'interrupt', id: 'i' } } as const;
  assert.deepEqual(await here.answer(command, 1_000, true), tooManySessions);
});
