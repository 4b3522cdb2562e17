// A client that was cut off and says its task again gets its session, whatever engines there are that can't be asked for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, succeeded } from '../../schema/error.ts';
import type { Peer } from '../database/queries/select-peers.ts';
import { testLoad } from '../testing/run.ts';
import { LeftElsewhere } from './left-elsewhere.ts';

const task = { task: 'Build it', projectId: null, repoUrl: null, branch: null };
const peer = (bootId: string, more: Partial<Peer>): Peer => ({
  bootId,
  state: 'open',
  labels: {},
  load: testLoad,
  ...more,
});

/** @param isLeftAt the engine that the client was cut off from; one that is dead answers nothing */
function findAmong(peers: readonly Peer[], isLeftAt: string) {
  const asked: string[] = [];
  const left = new LeftElsewhere({
    bus: { isUp: true },
    history: { listSameTask: async () => ['s'] },
    queries: { any: async () => peers as never },
    run: { id: 'run', waitForTakeOver: async () => undefined },
    asks: {
      askAt: async (bootId) => {
        asked.push(bootId);
        if (bootId === 'dead') return failed('noAnswer', 'It does not answer.');
        return succeeded({ kind: 'left', isLeft: bootId === isLeftAt, isThere: false });
      },
    },
    directory: { get: () => undefined },
    leftSessions: { has: () => false },
  });
  return { found: left.find('ada', task, undefined), asked };
}

test('engines that are in no cluster, or cut off from it, are not asked', async () => {
  const inCluster = { ...testLoad, reach: 2 };
  const others = [peer('alone', {}), peer('isolated', { state: 'isolated', load: inCluster })];
  const { found, asked } = findAmong([...others, peer('b', { load: inCluster })], 'b');
  assert.deepEqual([await found, asked], [succeeded('s'), ['b']]);
});

test('while an engine of the cluster doesn’t answer it may have the client', async () => {
  const off = { ...testLoad, reach: 0 };
  const { found } = findAmong([peer('dead', { load: off }), peer('b', { load: { ...testLoad, reach: 1 } })], 'b');
  assert.partialDeepStrictEqual(await found, { ok: false, failure: { code: 'elsewhere' } });
});
