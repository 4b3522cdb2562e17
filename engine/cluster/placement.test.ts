// Where new sessions are made: never where they would be refused, and here where nothing speaks against it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { choosePlace, isBusy, isFreer, isFull, type PlacedEngine, type PlacedPeer } from './placement.ts';

const anyLoad = fc.record({
  sessions: fc.nat({ max: 60_000 }),
  working: fc.nat({ max: 5_000 }),
  sockets: fc.nat(),
  hosts: fc.integer({ min: 1, max: 8 }),
  fullHosts: fc.nat({ max: 8 }),
  sandboxes: fc.nat(),
  queued: fc.nat({ max: 3 }),
  freeBytes: fc.nat({ max: 2 ** 31 - 1 }),
  loopDelayMs: fc.nat({ max: 500 }),
  takesSessions: fc.boolean(),
  reach: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
});
const anyEngine: fc.Arbitrary<PlacedEngine> = fc.record({
  state: fc.constantFrom('open', 'draining', 'isolated'),
  load: anyLoad,
});
const anyPeers: fc.Arbitrary<PlacedPeer[]> = fc
  .array(anyEngine, { maxLength: 6 })
  .map((engines) => engines.map((engine, at) => ({ ...engine, bootId: `b${at}` })));
const anyFacts = fc.record({
  own: anyEngine,
  peers: anyPeers,
  refused: fc.subarray(['b0', 'b1', 'b2']).map((ids) => new Set(ids)),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((value) => () => value),
});

const takes = (engine: PlacedEngine) =>
  engine.state === 'open' && engine.load.takesSessions === true && !isFull(engine);

test('a session is made only where it can be asked for and would be taken, and is refused only where nobody takes it', () => {
  fc.assert(
    fc.property(anyFacts, ({ own, peers, refused, random }) => {
      const place = choosePlace({ own, peers, refused, random });
      const others = peers.filter((peer) => takes(peer) && peer.load.reach !== 0 && !refused.has(peer.bootId));
      if (place.kind === 'here') assert.ok(takes(own));
      else if (place.kind === 'elsewhere') assert.ok(others.some(({ bootId }) => bootId === place.bootId));
      else assert.ok(!takes(own) && others.length === 0);
    }),
  );
});

test('an engine that has the time for a session keeps it, and one that is busy gives it only to one that is not', () => {
  fc.assert(
    fc.property(anyFacts, ({ own, peers, refused, random }) => {
      const place = choosePlace({ own, peers, refused, random });
      if (takes(own) && !isBusy(own)) assert.equal(place.kind, 'here');
      const chosen = peers.find(({ bootId }) => place.kind === 'elsewhere' && place.bootId === bootId);
      if (takes(own) && chosen) assert.ok(!isBusy(chosen));
    }),
  );
});

test('of two engines the freer one is chosen, whichever is drawn first', () => {
  const full: PlacedEngine = {
    state: 'open',
    load: { sessions: 0, working: 0, sockets: 0, hosts: 1, fullHosts: 1, sandboxes: 0 },
  };
  fc.assert(
    fc.property(anyPeers, fc.double({ min: 0, max: 0.999, noNaN: true }), (peers, value) => {
      const two = peers.filter((peer) => takes(peer) && peer.load.reach !== 0).slice(0, 2);
      const place = choosePlace({ own: full, peers: two, refused: new Set(), random: () => value });
      const chosen = two.find(({ bootId }) => place.kind === 'elsewhere' && place.bootId === bootId);
      for (const other of two) assert.ok(!chosen || other === chosen || !isFreer(other, chosen));
    }),
  );
});
