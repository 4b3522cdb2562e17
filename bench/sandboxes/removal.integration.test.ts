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

dockerTest("what a broken process left is removed: container, workspace and network, and nobody else's", async () => {
  const [broken, other] = [new TestSandboxes(), new TestSandboxes()];
  await broken.open('session');
  const untouched = await other.open('session');
  const name = `${broken.settings.containerPrefix}session`;
  assert.deepEqual(await removeAllOfEngine(docker, broken.engineId), [`/${name}`, name, `lucid-${broken.engineId}`]);
  assert.deepEqual(await removeAllOfEngine(docker, broken.engineId), []);
  assert.equal(await readOutputOf(untouched, 'echo unharmed'), 'unharmed\n');
  await untouched.close();
  await other.close();
});
