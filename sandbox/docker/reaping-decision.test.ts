// A container is kept, paused or removed by what was seen of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type ContainerSighting, decideReaping, reaperGraceMs } from './reaping-decision.ts';

const removeAfterMs = 3_600_000;
const seen: ContainerSighting = {
  stage: 'inUse',
  hasMaker: true,
  isNeeded: true,
  isOthers: false,
  isOutdated: false,
  mayBeNew: false,
  forMs: 0,
  checks: 1,
};
const sighting: fc.Arbitrary<ContainerSighting> = fc.record({
  stage: fc.constantFrom('warm', 'replaced', 'inUse', 'unstarted', 'unattended', 'paused', 'ended'),
  hasMaker: fc.boolean(),
  isNeeded: fc.boolean(),
  isOthers: fc.boolean(),
  isOutdated: fc.boolean(),
  mayBeNew: fc.boolean(),
  forMs: fc.nat(2 * removeAfterMs),
  checks: fc.integer({ min: 1, max: 1_000 }),
});
const becomes = (more: Partial<ContainerSighting>) => decideReaping({ ...seen, ...more }, removeAfterMs).kind;

test('the first check removes only what a host that is gone has made ahead', async () => {
  const first = sighting.map((any) => ({ ...any, checks: 1 }));
  await fc.assert(
    fc.property(first, (any) => any.stage === 'warm' || decideReaping(any, removeAfterMs).kind === 'kept'),
  );
});

test('a container that an actor may have is never touched', async () => {
  const held = sighting.map((any) => ({ ...any, stage: 'inUse' as const }));
  await fc.assert(fc.property(held, fc.nat(), (any, afterMs) => decideReaping(any, afterMs).kind === 'kept'));
});

test('a container that another engine judges is never touched', async () => {
  const others = sighting.map((any) => ({ ...any, isOthers: true }));
  await fc.assert(fc.property(others, fc.nat(), (any, afterMs) => decideReaping(any, afterMs).kind === 'kept'));
});

test('a container of which no row says that its session has begun is left alone for a while', () => {
  const unknown = { stage: 'unattended', isNeeded: false, mayBeNew: true, checks: 2 } as const;
  assert.equal(becomes({ ...unknown, forMs: reaperGraceMs - 1 }), 'kept');
  assert.equal(becomes({ ...unknown, forMs: reaperGraceMs }), 'removed');
});

test('a session that can come back loses its workspace only when it was idle too long, or with its container', async () => {
  const needed = sighting.filter(
    ({ stage, isNeeded, isOthers, isOutdated }) =>
      isNeeded && !isOthers && !isOutdated && stage !== 'warm' && stage !== 'replaced',
  );
  await fc.assert(
    fc.property(needed, (any) => {
      const isIdle = any.stage === 'paused' && any.forMs >= removeAfterMs;
      const isStuck = any.stage === 'unstarted' && any.forMs >= reaperGraceMs;
      const mayGo = any.stage === 'ended' || isStuck || isIdle;
      return (mayGo && any.checks > 1) === (decideReaping(any, removeAfterMs).kind === 'removed');
    }),
  );
});

test('a workspace that is out of date is removed, so that nobody goes on in it', () => {
  for (const stage of ['unattended', 'paused', 'ended'] as const) {
    assert.equal(becomes({ stage, isOutdated: true, checks: 2 }), 'kept');
    assert.equal(becomes({ stage, isOutdated: true, checks: 3 }), 'removed');
    assert.equal(becomes({ stage, isOutdated: true, isOthers: true, checks: 3 }), 'kept');
  }
  assert.equal(becomes({ stage: 'inUse', isOutdated: true, checks: 3 }), 'kept');
});

test('only a container that runs without an actor is paused', async () => {
  await fc.assert(
    fc.property(sighting, (any) => decideReaping(any, removeAfterMs).kind !== 'paused' || any.stage === 'unattended'),
  );
});

test('a warm container belongs to the host that made it', () => {
  assert.equal(becomes({ stage: 'warm', forMs: 10 * removeAfterMs, checks: 1_000 }), 'kept');
  assert.equal(becomes({ stage: 'warm', hasMaker: false }), 'removed');
});

test('a container that is being replaced or started is left alone for a while', () => {
  const forMs = reaperGraceMs;
  assert.equal(becomes({ stage: 'replaced', forMs: forMs - 1, checks: 9 }), 'kept');
  assert.equal(becomes({ stage: 'replaced', forMs, checks: 9 }), 'removed');
  assert.equal(becomes({ stage: 'replaced', hasMaker: false }), 'kept');
  assert.equal(becomes({ stage: 'replaced', hasMaker: false, checks: 2 }), 'removed');
  assert.equal(becomes({ stage: 'unstarted', forMs: forMs - 1, checks: 9, isNeeded: false }), 'kept');
  assert.equal(becomes({ stage: 'unstarted', forMs, checks: 9 }), 'removed');
});

test('a container that runs without an actor is paused, or removed when its session has ended', () => {
  assert.equal(becomes({ stage: 'unattended', checks: 2 }), 'paused');
  for (const stage of ['unattended', 'paused', 'ended'] as const)
    assert.equal(becomes({ stage, checks: 2, isNeeded: false }), 'removed');
});
