// What an engine gives away of its resting sessions, and what it says where it can't look at them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLabels } from '../../schema/labels.ts';
import type { OwnedSession } from '../../schema/ownership.ts';
import { Directory } from '../sessions/directory.ts';
import { testLoad } from '../testing/run.ts';
import { Balancing, type BalancingDependencies } from './balancing.ts';

/** An engine with many resting sessions beside an empty one. */
function openFull(more: Partial<BalancingDependencies> = {}) {
  const rows = Array.from({ length: 60 }, (_, n) => ({ sessionId: `s-${n + 10}`, epoch: n + 1, labels: null }));
  const given: OwnedSession[] = [];
  const warnings: unknown[] = [];
  const balancing = new Balancing({
    queries: { one: async () => ({ count: rows.length }) as never },
    run: { id: 'run', state: 'open' },
    ownership: {
      listResting: async ({ after }) => rows.filter(({ sessionId }) => sessionId > after),
      give: async (sessions) => {
        given.push(...sessions);
        return sessions.map(({ sessionId }) => sessionId);
      },
    },
    directory: new Directory(1),
    sandboxes: { listKept: async () => new Set<string>() },
    placing: {
      openPeers: [{ bootId: 'b', state: 'open', labels: noLabels, load: { ...testLoad, resting: 0 } }],
      findFitting: () => undefined,
    },
    log: { warn: (_, fields) => warnings.push(fields?.reason) },
    ...more,
  });
  return { balancing, rows, given, warnings };
}

test('sessions are given away as they were when they rested, so that one that somebody came back to since then stays', async () => {
  const { balancing, rows, given, warnings } = openFull();
  await balancing.look();
  assert.ok(given.length > 0 && given.length < rows.length);
  for (const [at, { sessionId, epoch }] of given.entries())
    assert.deepEqual([sessionId, epoch], [`s-${at + 10}`, at + 1]);
  assert.deepEqual(warnings, []);
});

test('an engine that can’t look at its sandboxes gives nothing away, and says so once', async () => {
  let isAway = true;
  const listKept = async () => {
    if (isAway) throw new Error('Docker is away');
    return new Set<string>();
  };
  const { balancing, given, warnings } = openFull({ sandboxes: { listKept } });
  for (let look = 0; look < 3; look++) await balancing.look();
  assert.deepEqual([balancing.resting, given, warnings], [undefined, [], ['Docker is away']]);
  isAway = false;
  while (given.length === 0) await balancing.look();
  isAway = true;
  await balancing.look();
  assert.deepEqual(warnings, ['Docker is away', 'Docker is away']);
});
