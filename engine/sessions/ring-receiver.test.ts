// The main thread keeps and shows what hosts say about their sessions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSecrets } from '../../schema/session.ts';
import { makeFollower } from '../testing/follower.ts';
import { Directory, type Follower } from './directory.ts';
import { RingReceiver } from './ring-receiver.ts';

const sessionId = 'waiting';
const noHosts = { getLink: () => assert.fail('no host is asked'), getWorking: () => undefined } as never;

function makeReceiver() {
  const directory = new Directory(1);
  const identity = { sessionId, chatId: 'chat', userId: 'ada' };
  const entry = directory.add(identity, { task: 'Build it', createdAtMs: 0, secrets: undefined });
  const secrets = { loadSecrets: async () => noSecrets };
  return { directory, entry, receiver: new RingReceiver({ directory, secrets, hosts: noHosts, now: () => 0 }) };
}

const keepShown = (shown: unknown[]): Follower =>
  makeFollower({ showTransient: (frames) => shown.push(...frames.map((frame) => JSON.parse(String(frame)))) });

test('a session that waits for a sandbox shows its place until its turn has come', () => {
  const { entry, receiver } = makeReceiver();
  const shown: unknown[] = [];
  entry.followers.add(keepShown(shown));
  const places = [2, 1, 0].map((position) => {
    receiver.receiveFromHost(0, { kind: 'queued', sessionId, position });
    return entry.queuePosition;
  });
  assert.deepEqual(places, [2, 1, undefined]);
  assert.deepEqual(shown, [
    { type: 'sandbox_queue', sessionId, position: 2 },
    { type: 'sandbox_queue', sessionId, position: 1 },
  ]);
});

test('a session leaves the directory once its own host has passivated it, and not once an earlier one has', () => {
  const { directory, entry, receiver } = makeReceiver();
  receiver.receiveFromHost(1, { kind: 'passivated', sessionId });
  assert.equal(directory.get(sessionId), entry);
  receiver.receiveFromHost(0, { kind: 'passivated', sessionId });
  assert.equal(directory.get(sessionId), undefined);
});
