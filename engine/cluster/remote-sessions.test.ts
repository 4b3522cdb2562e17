// Who only watches a session that rests is not told that it moves, and has no other engine take it; nor is who follows one of an
// engine that lives, when another one has died.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Directory, makeRemoteEntry } from '../sessions/directory.ts';
import { makeFollower } from '../testing/follower.ts';
import type { Owner } from './owners.ts';
import { RemoteSessions } from './remote-sessions.ts';

/** A session that nobody has, and of whose labels this engine lacks one. */
function openResting() {
  const directory = new Directory(1);
  const [identity, more] = [
    { sessionId: 's', chatId: 'c', userId: 'ada' },
    { task: 'Build it', createdAtMs: 0 },
  ] as const;
  const labels = { gpu: 'a' };
  const session = { ...identity, ...more, state: 'live', livingRunId: null, bootId: null, labels } as const;
  const owner: Owner = { kind: 'forOther', bootId: 'b', labels, session };
  const entry = makeRemoteEntry(identity, more);
  directory.enter(entry);
  directory.addViewer('s', makeFollower());
  const said: string[] = [];
  let nowMs = 0;
  const remote = new RemoteSessions({
    directory,
    bus: { send: (_to, { kind }) => said.push(kind) > 0 },
    owners: { find: async () => owner },
    history: { findPosition: () => assert.fail('Nothing is read.') },
    ringReceiver: { receiveFrames: () => undefined, receiveFromHost: () => undefined },
    takeHere: () => assert.fail('This engine lacks a label.'),
    tellMoving: () => void said.push('moving'),
    now: () => nowMs,
  });
  const pass = async (ms: number) => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 100) {
      remote.tick();
      await new Promise(setImmediate);
    }
  };
  remote.note('s');
  return { entry, said, pass };
}

test('a session that rests, and whose last client has left, stays at rest for those who watch it', async () => {
  const { said, pass } = openResting();
  await pass(10_000);
  assert.deepEqual(said, []);
});

test('it is had at an engine with its labels once a client is there', async () => {
  const { entry, said, pass } = openResting();
  await pass(1_000);
  entry.followers.add(makeFollower());
  await pass(1_000);
  assert.equal(said[0], 'follow');
});

test('when an engine has died, only its sessions are looked for again', async () => {
  const directory = new Directory(1);
  const owners: Record<string, string> = { s1: 'alive', s2: 'dead' };
  const said: string[] = [];
  const looked: string[] = [];
  const remote = new RemoteSessions({
    directory,
    bus: { send: (_to, { kind }) => said.push(kind) > 0 },
    owners: {
      find: async (sessionId) => {
        looked.push(sessionId);
        return { kind: 'elsewhere', bootId: owners[sessionId] ?? '' } as Owner;
      },
    },
    history: { findPosition: () => assert.fail('Nothing is read.') },
    ringReceiver: { receiveFrames: () => undefined, receiveFromHost: () => undefined },
    takeHere: () => assert.fail('Others have them.'),
    tellMoving: () => assert.fail('Nothing moves yet.'),
    now: () => 0,
  });
  for (const sessionId of Object.keys(owners)) {
    const entry = makeRemoteEntry({ sessionId, chatId: 'c', userId: 'ada' }, { task: '', createdAtMs: 0 });
    entry.followers.add(makeFollower());
    directory.enter(entry);
    remote.note(sessionId);
  }
  await new Promise(setImmediate);
  for (const [sessionId, from] of Object.entries(owners))
    remote.receiveFollowed(from, { kind: 'followed', stored: [[sessionId, 0]], gone: [] });
  looked.length = 0;
  remote.lookAgain(new Set(['alive', 'another']));
  assert.deepEqual([looked, remote.ownersLost], [['s2'], 1]);
  assert.equal(remote.findBoot('s1'), 'alive');
});
