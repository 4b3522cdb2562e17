// What becomes of a container, by what was seen of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type ContainerSighting, decideReaping, reaperGraceMs } from './reaping-decision.ts';

const removeAfterMs = 3_600_000;
const seen: ContainerSighting = { stage: 'held', hasMaker: true, isNeeded: true, forMs: 0, looks: 1 };
const sighting: fc.Arbitrary<ContainerSighting> = fc.record({
  stage: fc.constantFrom('warm', 'replaced', 'held', 'unstarted', 'adrift', 'paused', 'ended'),
  hasMaker: fc.boolean(),
  isNeeded: fc.boolean(),
  forMs: fc.nat(2 * removeAfterMs),
  looks: fc.integer({ min: 1, max: 1_000 }),
});
const becomes = (more: Partial<ContainerSighting>) => decideReaping({ ...seen, ...more }, removeAfterMs).kind;

test('at a first look only what a host left that is gone is taken away', async () => {
  const first = sighting.map((any) => ({ ...any, looks: 1 }));
  await fc.assert(
    fc.property(first, (any) => {
      const isNobodys = any.stage === 'warm' || any.stage === 'replaced';
      return isNobodys || decideReaping(any, removeAfterMs).kind === 'kept';
    }),
  );
});

test('what an actor may have is never touched, whatever else is true of it', async () => {
  const held = sighting.map((any) => ({ ...any, stage: 'held' as const }));
  await fc.assert(fc.property(held, fc.nat(), (any, afterMs) => decideReaping(any, afterMs).kind === 'kept'));
});

test('a session that can come back loses its workspace only to a rest that was too long, or with its container', async () => {
  const needed = sighting.filter(({ stage, isNeeded }) => isNeeded && stage !== 'warm' && stage !== 'replaced');
  await fc.assert(
    fc.property(needed, (any) => {
      const isIdle = any.stage === 'paused' && any.forMs >= removeAfterMs;
      const isStuck = any.stage === 'unstarted' && any.forMs >= reaperGraceMs;
      const mayGo = any.stage === 'ended' || isStuck || isIdle;
      return (mayGo && any.looks > 1) === (decideReaping(any, removeAfterMs).kind === 'removed');
    }),
  );
});

test('only what runs for nobody is paused', async () => {
  await fc.assert(
    fc.property(sighting, (any) => decideReaping(any, removeAfterMs).kind !== 'paused' || any.stage === 'adrift'),
  );
});

test('one made ahead belongs to the host that made it', () => {
  assert.equal(becomes({ stage: 'warm', forMs: 10 * removeAfterMs, looks: 1_000 }), 'kept');
  assert.equal(becomes({ stage: 'warm', hasMaker: false }), 'removed');
});

test('one in whose place another stands, or that is being started, gets a while', () => {
  const forMs = reaperGraceMs;
  assert.equal(becomes({ stage: 'replaced', forMs: forMs - 1 }), 'kept');
  assert.equal(becomes({ stage: 'replaced', forMs }), 'removed');
  assert.equal(becomes({ stage: 'replaced', hasMaker: false }), 'removed');
  assert.equal(becomes({ stage: 'unstarted', forMs: forMs - 1, looks: 9, isNeeded: false }), 'kept');
  assert.equal(becomes({ stage: 'unstarted', forMs, looks: 9 }), 'removed');
});

test('one that runs for nobody is paused, or removed when its session has ended', () => {
  assert.equal(becomes({ stage: 'adrift', looks: 2 }), 'paused');
  for (const stage of ['adrift', 'paused', 'ended'] as const)
    assert.equal(becomes({ stage, looks: 2, isNeeded: false }), 'removed');
});
