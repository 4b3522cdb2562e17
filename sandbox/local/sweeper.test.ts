// A sweep removes folders of ended sessions, and nothing of other sessions, of users or of the operator.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { v7 as uuid } from 'uuid';
import { findRemovalReason, Sweeper, unknownFolderMs } from './sweeper.ts';

const [live, resting, ended, unknown, old] = Array.from({ length: 5 }, () => uuid()) as [
  string,
  string,
  string,
  string,
  string,
];
const dayMs = 24 * 3_600_000;

test('repeated sweeps remove folders of ended sessions and of long unknown ones, and nothing else', async (t) => {
  const base = await mkdtemp('/tmp/lucid-sweep-');
  t.after(() => rm(base, { recursive: true }));
  for (const sessionId of [live, resting, ended, unknown, old]) {
    await mkdir(path.join(base, 'ada', sessionId, 'project'), { recursive: true });
    await mkdir(path.join(base, '.shells', sessionId, 'state'), { recursive: true });
  }
  const longAgo = new Date(Date.now() - 8 * dayMs);
  for (const at of [`ada/${old}`, `.shells/${old}/state`, `.shells/${old}`])
    await utimes(path.join(base, at), longAgo, longAgo);
  await mkdir(path.join(base, 'ada', 'notes'));
  await mkdir(path.join(base, '.postgres', ended), { recursive: true });
  await writeFile(path.join(base, 'ada', uuid()), 'a file');
  const before = (await readdir(path.join(base, 'ada'))).length;

  const removed: Record<string, string> = {};
  const failures: string[] = [];
  const sweeper = new Sweeper({
    base,
    sessions: {
      isLive: (sessionId) => sessionId === live,
      findActivatable: async (ids) => new Set(ids.filter((id) => id === resting)),
      findEnded: async (ids) => new Set(ids.filter((id) => id === ended)),
    },
    intervalMs: 60_000,
    now: Date.now,
    onRemoved: ({ name, reason }) => {
      removed[name] = reason;
    },
    onFailed: (reason) => failures.push(reason),
  });
  await sweeper.sweepNow();
  assert.deepEqual(removed, {}, "a folder that was seen once may be a new session's");
  for (let checks = 0; checks < 3; checks++) await sweeper.sweepNow();
  assert.deepEqual(removed, { [ended]: 'its session has ended', [old]: 'its session is not known any more' });
  assert.deepEqual(failures, []);
  assert.equal((await readdir(path.join(base, 'ada'))).length, before - 2);
  assert.deepEqual((await readdir(path.join(base, '.shells'))).sort(), [live, resting, unknown].sort());
  assert.deepEqual(await readdir(path.join(base, '.postgres')), [ended]);
});

test('a folder is removed if its session has ended, or if it is old and its session is unknown', () => {
  const ageMs = unknownFolderMs;
  assert.equal(findRemovalReason({ checks: 1, hasEnded: true, ageMs }), undefined);
  assert.equal(findRemovalReason({ checks: 2, hasEnded: true, ageMs: 0 }), 'its session has ended');
  assert.equal(findRemovalReason({ checks: 9, hasEnded: false, ageMs: ageMs - 1 }), undefined);
  assert.equal(findRemovalReason({ checks: 2, hasEnded: false, ageMs }), 'its session is not known any more');
});

test('a sweep of a missing base folder does nothing', async () => {
  const none = async () => new Set<string>();
  const sessions = { isLive: () => false, findActivatable: none, findEnded: none };
  const parts = { sessions, intervalMs: 1, now: Date.now, onRemoved: () => assert.fail(), onFailed: assert.fail };
  await new Sweeper({ ...parts, base: '/tmp/lucid-nowhere-at-all' }).sweepNow();
});
