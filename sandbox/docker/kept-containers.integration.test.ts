// The sessions with a container at a daemon are known, at rest or in use, and none of another engine's.
import assert from 'node:assert/strict';
import { docker, dockerTest, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { listKeptSessions } from './kept-containers.ts';

dockerTest('a session has a container from its first command until that is removed', async (t) => {
  const [own, others] = [new TestSandboxes(), new TestSandboxes()];
  t.after(() => Promise.all([own.close(), others.close()]));
  const list = async () => (await listKeptSessions(docker, own.settings)).toSorted();
  const sandbox = await own.open('rests');
  const used = await own.open('works');
  await others.open('elsewhere');
  await sandbox.release();
  assert.deepEqual(await list(), ['rests', 'works']);
  await used.close();
  assert.deepEqual(await list(), ['rests']);
});
