// Secrets that a client brings at another engine: the owner has the newest before it does anything that was asked with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BusMessage } from '../../schema/bus.ts';
import { noSecrets, type SessionSecrets } from '../../schema/session.ts';
import { Directory } from '../sessions/directory.ts';
import { SecretChanges } from './secret-changes.ts';

const identity = { sessionId: 's', chatId: 'c', userId: 'ada' };

/** An owner of a session, whose reads of its row end when the test says so. */
function openOwner() {
  const directory = new Directory(1);
  directory.add(identity, { task: 'Build it', createdAtMs: 0, secrets: noSecrets });
  const reads: PromiseWithResolvers<SessionSecrets>[] = [];
  const told: (string | null)[] = [];
  const sent: string[] = [];
  const changes = new SecretChanges({
    bus: { send: (_to, { kind }: BusMessage) => sent.push(kind) > 0 },
    owners: { find: async () => ({ kind: 'unreachable' }) },
    directory,
    supervisor: { getLink: () => ({ tell: (message: object) => told.push(keyOf(message)) }) as never },
    secrets: {
      loadSecrets: () => {
        const read = Promise.withResolvers<SessionSecrets>();
        reads.push(read);
        return read.promise;
      },
    },
  });
  return { changes, reads, told, sent };
}

const keyOf = (message: object): string | null => (message as { secrets: SessionSecrets }).secrets.apiKey;
const withKey = (apiKey: string): SessionSecrets => ({ ...noSecrets, apiKey });
const letOthersWork = () => new Promise(setImmediate);

test('secrets that were brought one after the other are read in that order, and no more often than needed', async () => {
  const { changes, reads, told } = openOwner();
  for (let times = 0; times < 5; times++) changes.receive('s');
  const waiting = changes.waitUntilRead('s');
  await letOthersWork();
  assert.equal(reads.length, 1);
  reads[0]?.resolve(withKey('first'));
  await letOthersWork();
  reads[1]?.resolve(withKey('second'));
  assert.equal(await waiting, true);
  assert.deepEqual([told, reads.length], [['first', 'second'], 2]);
});

test('nothing is done with old secrets where PostgreSQL did not tell the new ones', async () => {
  const { changes, reads, told } = openOwner();
  changes.receive('s');
  reads[0]?.reject(new Error('PostgreSQL is away.'));
  assert.equal(await changes.waitUntilRead('s'), false);
  changes.readAgain();
  reads[1]?.resolve(withKey('second'));
  assert.equal(await changes.waitUntilRead('s'), true);
  assert.deepEqual(told, ['second']);
});

test('an owner that could not be told yet is told before anything is asked of it', async () => {
  const { changes, sent } = openOwner();
  await changes.tell('s', undefined);
  assert.deepEqual(sent, []);
  changes.tellBefore('s', 'owner');
  assert.deepEqual(sent, ['secretsChanged']);
  changes.noteFollowed('owner', ['s']);
  changes.tellBefore('s', 'owner');
  assert.deepEqual(sent, ['secretsChanged', 'secretsChanged']);
});
