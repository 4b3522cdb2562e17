// The bench removes all that it made in Docker, also where it ends early.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { docker, dockerTest, readOutputOf, TestSandboxes } from '../../sandbox/testing/docker-sandboxes.ts';
import { ownFolder } from '../checkout.ts';
import { removeAllOfEngine } from './removal.ts';
import { removeLeftovers, startOwnSandboxes } from './start-sandboxes.ts';

dockerTest('a bench that is interrupted in the middle of a burst leaves nothing behind', async () => {
  const ours = await startOwnSandboxes(ownFolder, 1);
  const burst = assert.rejects(ours.ask('burst', 6), /it ended with exit code 0/);
  await setTimeout(300);
  await ours.end();
  await burst;
  assert.deepEqual(await removeLeftovers(), []);
});

dockerTest("what a broken process left is removed: container, workspace and network, and nobody else's", async (t) => {
  const [broken, other] = [new TestSandboxes(), new TestSandboxes()];
  t.after(() => Promise.all([broken.close(), other.close()]));
  await broken.open('session');
  const untouched = await other.open('session');
  const name = `${broken.settings.containerPrefix}session`;
  const removed = await removeAllOfEngine(docker, broken.engineId);
  // With a disk the home has a volume of its own.
  const expected = removed.length === 4 ? [`/${name}`, `${name}-home`, name] : [`/${name}`, name];
  assert.deepEqual(removed.sort(), [...expected, `lucid-${broken.engineId}`].sort());
  assert.deepEqual(await removeAllOfEngine(docker, broken.engineId), []);
  assert.equal(await readOutputOf(untouched, 'echo unharmed'), 'unharmed\n');
});
