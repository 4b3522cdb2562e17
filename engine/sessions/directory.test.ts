// The directory knows every live session, spreads them over the hosts, and bounds how many one user has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { makeFollower } from '../testing/follower.ts';
import { Directory, type Entry } from './directory.ts';

let ids = 0;
const enter = (directory: Directory, userId = 'ada'): Entry => {
  const id = ++ids;
  const identity = { sessionId: `s-${id}`, chatId: `c-${id}`, userId };
  return directory.add(identity, { task: 'Build it', createdAtMs: id, secrets: undefined });
};

test('a session is found from the moment it is entered until it is removed', () => {
  const directory = new Directory(2);
  const entry = enter(directory);
  assert.equal(directory.get(entry.sessionId), entry);
  assert.deepEqual([directory.size, [...directory.entries()]], [1, [entry]]);
  directory.remove(entry);
  assert.equal(directory.get(entry.sessionId), undefined);
  assert.deepEqual([directory.size, [...directory.entries()]], [0, []]);
});

test('a user sees only their own sessions, oldest first', () => {
  const directory = new Directory(1);
  const [first, , third] = [enter(directory), enter(directory, 'bob'), enter(directory)];
  assert.deepEqual([...directory.listByUser('ada')], [first, third]);
  assert.deepEqual([...directory.listByUser('eve')], []);
  directory.remove(first);
  assert.deepEqual([...directory.listByUser('ada')], [third]);
});

test('who watches a session is counted whether it is live or not, and gets what its clients get', () => {
  const directory = new Directory(1);
  const [client, viewer, other] = [makeFollower(), makeFollower(), makeFollower()];
  const sessionId = `s-${ids + 1}`;
  directory.addViewer(sessionId, viewer);
  const entry = enter(directory);
  assert.equal(entry.viewers, 1);
  entry.followers.add(client);
  directory.addViewer(sessionId, other);
  assert.deepEqual([entry.viewers, directory.audienceOf(sessionId)], [2, new Set([client, viewer, other])]);
  directory.remove(entry);
  assert.deepEqual(directory.audienceOf(sessionId), new Set([viewer, other]));
  directory.removeViewer(sessionId, viewer);
  directory.removeViewer(sessionId, viewer);
  directory.removeViewer(sessionId, other);
  assert.equal(directory.audienceOf(sessionId).size, 0);
});

test('removing a session a second time changes nothing', () => {
  const directory = new Directory(2);
  const [entry, other] = [enter(directory), enter(directory)];
  directory.remove(entry);
  directory.remove(entry);
  assert.equal(directory.size, 1);
  const hosts = [other, enter(directory), enter(directory), enter(directory)].map(({ host }) => host);
  assert.deepEqual(hosts.sort(), [0, 0, 1, 1]);
});

/** Steps that enter or remove a session: the number picks which live one is removed, or that one is entered. */
const anyLife = fc.array(fc.oneof(fc.constant('add' as const), fc.nat({ max: 30 })), { maxLength: 80 });

test('a new session always goes to a host with the fewest sessions', async () => {
  await fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), anyLife, (hosts, life) => {
      const directory = new Directory(hosts);
      const live: Entry[] = [];
      const count = (host: number) => live.filter((entry) => entry.host === host).length;
      for (const step of life) {
        if (step !== 'add') {
          const [gone] = live.splice(step % Math.max(live.length, 1), 1);
          if (gone) directory.remove(gone);
          continue;
        }
        const fewest = Math.min(...Array.from({ length: hosts }, (_, host) => count(host)));
        const entry = enter(directory);
        assert.equal(count(entry.host), fewest);
        live.push(entry);
      }
      assert.deepEqual(new Set(directory.entries()), new Set(live));
      assert.deepEqual(directory.listByUser('ada'), new Set(live));
      assert.equal(directory.size, live.length);
    }),
  );
});

test('one user can have no more than a share of the sessions, and all users no more than the engine holds', () => {
  const directory = new Directory(1);
  for (let n = 0; n < limits.sessionsPerUserMax; n++) enter(directory, 'ada');
  assert.deepEqual([directory.canTake('ada'), directory.canTake('bob')], [false, true]);
  for (let n = directory.size; n < limits.sessionsMax; n++) enter(directory, `user-${n}`);
  assert.equal(directory.canTake('bob'), false);
  const [first] = directory.listByUser('ada');
  assert.ok(first);
  directory.remove(first);
  assert.deepEqual([directory.canTake('bob'), directory.canTake('ada')], [true, true]);
});
