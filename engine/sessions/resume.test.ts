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
