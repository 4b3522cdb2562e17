// Commands over REST: what is refused before a host hears of it leaves nothing behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionHoldsTooMuch } from '../../actors/persistence/persistence-store.ts';
import { succeeded } from '../../schema/error.ts';
import { noSecrets } from '../../schema/session.ts';
import { Commands } from './commands.ts';

test('a message whose files are too large for its session leaves a session at rest so', async () => {
  const session = { sessionId: 's', chatId: 'c', userId: 'ada', task: '', createdAtMs: 0 };
  const commands = new Commands({
    sessions: {
      checkAvailability: () => undefined,
      find: async () => succeeded({ kind: 'passivated', session } as const),
      ensureEntry: () => assert.fail('It is entered in the directory, and no host hears of it.'),
      sendCommand: () => assert.fail('It is sent.'),
      findAttachments: async () => succeeded([]),
      attachments: { keep: async () => sessionHoldsTooMuch } as never,
    },
    history: { findCommand: async () => null, wasWorkingAt: async () => false },
    secrets: { loadSecrets: async () => noSecrets },
    keys: [],
    engineSecrets: [],
  });
  const asked = { sessionId: 's', id: undefined, content: 'Look', choice: {}, files: [], paths: [] };
  assert.deepEqual(await commands.sendMessage({ userId: 'ada' }, asked), sessionHoldsTooMuch);
});
