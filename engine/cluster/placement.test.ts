// Where new sessions are made: never where they would be refused, and here where nothing speaks against it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasLabels } from '../../schema/labels.ts';
import {
  chooseFitting,
  choosePlace,
  isBusy,
  isFreer,
  isFull,
  type PlacedEngine,
  type PlacedPeer,
} from './placement.ts';

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
const anyLabels = fc.dictionary(fc.constantFrom('region', 'gpu', 'disk'), fc.constantFrom('a', 'b'), { maxKeys: 3 });
const anyEngine: fc.Arbitrary<PlacedEngine> = fc.record({
  state: fc.constantFrom('open', 'draining', 'isolated'),
  labels: anyLabels,
  load: anyLoad,
});
const anyPeers: fc.Arbitrary<PlacedPeer[]> = fc
  .array(anyEngine, { maxLength: 6 })
  .map((engines) => engines.map((engine, at) => ({ ...engine, bootId: `b${at}` })));
const anyFacts = fc.record({
  own: anyEngine,
  peers: anyPeers,
  labels: fc.option(anyLabels, { nil: undefined }),
  refused: fc.subarray(['b0', 'b1', 'b2']).map((ids) => new Set(ids)),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((value) => () => value),
});

const takes = (engine: PlacedEngine) =>
  engine.state === 'open' && engine.load.takesSessions === true && !isFull(engine);

test('a session is made only where it can be asked for and would be taken, and is refused only where nobody takes it', () => {
  fc.assert(
    fc.property(anyFacts, ({ own, peers, refused, labels, random }) => {
      const place = choosePlace({ own, peers, refused, labels, random });
      const isPossible = (engine: PlacedEngine) => takes(engine) && hasLabels(engine.labels, labels);
      const others = peers.filter((peer) => isPossible(peer) && !!peer.load.reach && !refused.has(peer.bootId));
      if (place.kind === 'here') assert.ok(isPossible(own));
      else if (place.kind === 'elsewhere') assert.ok(others.some(({ bootId }) => bootId === place.bootId));
      else assert.ok(!isPossible(own) && others.length === 0);
    }),
  );
});

test('an engine that has the time for a session keeps it, and one that is busy gives it only to one that is not', () => {
  fc.assert(
    fc.property(anyFacts, ({ own, peers, refused, labels, random }) => {
      const place = choosePlace({ own, peers, refused, labels, random });
      if (takes(own) && hasLabels(own.labels, labels) && !isBusy(own)) assert.equal(place.kind, 'here');
      const chosen = peers.find(({ bootId }) => place.kind === 'elsewhere' && place.bootId === bootId);
      if (takes(own) && hasLabels(own.labels, labels) && chosen) assert.ok(!isBusy(chosen));
    }),
  );
});

test('labels that nobody who takes sessions has are told apart from a lack of room', () => {
  fc.assert(
    fc.property(anyFacts, anyLabels, ({ own, peers, refused, random }, labels) => {
      const place = choosePlace({ own, peers, refused, labels, random });
      const isOpen = (engine: PlacedEngine) => engine.state === 'open' && engine.load.takesSessions === true;
      const open = [own, ...peers.filter(({ load }) => !!load.reach)].filter(isOpen);
      assert.equal(place.kind === 'nowhere', !open.some((engine) => hasLabels(engine.labels, labels)));
    }),
  );
});

test('what nobody has is taken by an engine with its labels, whenever there is one that can be asked', () => {
  fc.assert(
    fc.property(anyPeers, anyLabels, fc.double({ min: 0, max: 0.999, noNaN: true }), (peers, labels, value) => {
      const chosen = chooseFitting(peers, labels, () => value);
      const possible = peers.filter(
        ({ state, load, labels: own }) =>
          state === 'open' && load.takesSessions === true && !!load.reach && hasLabels(own, labels),
      );
      assert.equal(chosen !== undefined, possible.length > 0);
      assert.ok(chosen === undefined || possible.some(({ bootId }) => bootId === chosen));
    }),
  );
});

test('of two engines the freer one is chosen, whichever is drawn first', () => {
  const full: PlacedEngine = {
    state: 'open',
    labels: {},
    load: { sessions: 0, working: 0, sockets: 0, hosts: 1, fullHosts: 1, sandboxes: 0 },
  };
  fc.assert(
    fc.property(anyPeers, fc.double({ min: 0, max: 0.999, noNaN: true }), (peers, value) => {
      const two = peers.filter((peer) => takes(peer) && !!peer.load.reach).slice(0, 2);
      const place = choosePlace({ own: full, peers: two, refused: new Set(), random: () => value });
      const chosen = two.find(({ bootId }) => place.kind === 'elsewhere' && place.bootId === bootId);
      for (const other of two) assert.ok(!chosen || other === chosen || !isFreer(other, chosen));
    }),
  );
});
