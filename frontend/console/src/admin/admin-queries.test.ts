// What the operator's page reads again after a click.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enginesKey, readAskedEngines } from './admin-queries.ts';

test('a drained engine’s row is read until the engine has had the beats to show it', async ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const read: unknown[] = [];
  await readAskedEngines({ invalidateQueries: async (filters) => void read.push(filters?.queryKey) });
  assert.deepEqual(read, [enginesKey]);
  for (let seconds = 1; seconds <= 3; seconds++) {
    mock.timers.tick(1_000);
    assert.equal(read.length, 1 + seconds);
  }
  mock.timers.tick(60_000);
  assert.equal(read.length, 4);
});
