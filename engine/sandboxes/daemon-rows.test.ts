// A look at a daemon asks it once where it is, and every look anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaemonRows } from './daemon-rows.ts';

test('what a look needs of a daemon is asked once, and again by the next look, also after a failure', async () => {
  let asked = 0;
  const never = () => assert.fail('It is not asked.');
  const rows = new DaemonRows({
    queries: { any: async () => [], maybeOne: async () => ({ runId: 'run' }) as never, anyFirst: never, exists: never },
    run: { id: 'run' },
    bootId: 'boot',
  });
  const { findOwners, isKeeper } = rows.sharingOf(async () => {
    if (++asked === 2) throw new Error('Docker is away');
    return 'place';
  });
  const look = () => Promise.all([findOwners(['s']), isKeeper()]);
  assert.deepEqual([await look(), asked], [[new Map(), true], 1]);
  await assert.rejects(look, /Docker is away/);
  assert.deepEqual([await look(), asked], [[new Map(), true], 3]);
});
