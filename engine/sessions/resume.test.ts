// Sessions whose turn was cut go on without their clients, wherever their users had them before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../actors/testing/test-session.ts';
import { noSecrets } from '../../schema/session.ts';
import { Directory } from './directory.ts';
import { resumeSessions } from './resume.ts';

test('a session that another engine gave away goes on, though that one still counts it for its user', async () => {
  const directory = new Directory(1, 1);
  directory.shareCounts({ countElsewhere: () => 1, onChanged: () => undefined });
  const cut = { sessionId: 's', chatId: 'c', userId: 'ada', settings: testSettings, createdAtMs: 0 };
  const activated: string[] = [];
  const resumed = await resumeSessions([cut], {
    directory,
    secrets: { loadSecrets: async () => noSecrets },
    activate: ({ sessionId }) => void activated.push(sessionId),
    isDraining: () => false,
  });
  assert.deepEqual([resumed, activated], [1, ['s']]);
});

test('sessions that their clients have fetched first are told among those that go on', async () => {
  const directory = new Directory(1);
  const cut = (sessionId: string) => ({
    ...{ sessionId, chatId: sessionId, userId: 'ada', createdAtMs: 0 },
    settings: { ...testSettings, hasOwnKey: true },
  });
  const fetch = (sessionId: string) =>
    void directory.add(cut(sessionId), { task: '', createdAtMs: 0, secrets: undefined });
  fetch('before');
  const resumed = await resumeSessions([cut('before'), cut('meanwhile'), cut('without a key')], {
    directory,
    secrets: {
      loadSecrets: async (sessionId) => {
        if (sessionId === 'meanwhile') fetch(sessionId);
        return noSecrets;
      },
    },
    activate: ({ sessionId }) => assert.fail(`${sessionId} has no key`),
    isDraining: () => false,
  });
  assert.equal(resumed, 2);
});
