// Snapshots that take long: what is cut waits for them no longer than an engine that is about to end may wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { testRecord } from '../testing/test-session.ts';
import { SessionSnapshots } from './session-snapshots.ts';

const never = () => assert.fail('It went on.');

/** A workspace with a snapshot under way that doesn't end. */
function beginEndless() {
  const snapshots = new SessionSnapshots({
    record: testRecord(),
    recorder: { sequence: 1, events: [], hasStopped: false, recordEvent: never, waitUntilStored: async () => true },
    open: async () => ({ store: {} }) as never,
    mayExist: false,
    onTrouble: never,
  });
  const sandbox = { snapshots: { take: () => new Promise(() => undefined) } } as unknown as Sandbox;
  snapshots.noteChange(sandbox);
  return { snapshots, sandbox };
}

const letOthersWork = () => new Promise(setImmediate);

async function hasEnded(work: Promise<unknown> | undefined): Promise<boolean> {
  let isOver = false;
  void work?.then(() => {
    isOver = true;
  });
  await letOthersWork();
  return isOver;
}

test('a step that is cut waits for the snapshot of the one before no longer', async () => {
  const { snapshots } = beginEndless();
  const cut = new AbortController();
  const taken = snapshots.waitUntilTaken(cut.signal);
  assert.equal(await hasEnded(taken), false);
  cut.abort();
  assert.equal(await hasEnded(taken), true);
});

test('a turn that is cut while it waits for its last snapshot waits for seconds only, as one that was cut before', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { snapshots, sandbox } = beginEndless();
  const cut = new AbortController();
  const settled = snapshots.settle(sandbox, cut.signal);
  t.mock.timers.tick(20_000);
  assert.equal(await hasEnded(settled), false);
  cut.abort();
  await letOthersWork();
  const released = snapshots.settle(sandbox, AbortSignal.abort());
  t.mock.timers.tick(6_000);
  assert.deepEqual([await hasEnded(settled), await hasEnded(released)], [true, true]);
});
