// Over a bus that drops, doubles and delays, whoever follows a session elsewhere gets each event once and never stays deaf,
// wherever the session moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  beginRemote,
  mayBeDue,
  type RemoteEffect,
  type RemoteEvent,
  type RemoteSession,
  type Step,
  stepRemote,
} from './remote-session.machine.ts';

const stepMs = 100;
const rollMs = 2_000;
const followerSilenceMs = 10_000;

type Message =
  | { kind: 'follow'; heard: number }
  | { kind: 'followed'; stored: number }
  | { kind: 'gone' }
  | { kind: 'moved' }
  | { kind: 'frames'; from: number; last: number };

/** One message on its way. */
type Sent = { to: 'gateway' | string; from: string; message: Message; dueMs: number };

/** What the bus does to each message in turn: how often it arrives, and how late. */
type Fate = { copies: number; delayMs: number };

/** A gateway with one socket, two engines of which one owns the session, and the rows. */
class World {
  nowMs = 0;
  /** The last sequence that is stored. */
  stored = 0;
  owner = 'a';
  isCut = false;
  /** When each engine was last told that the gateway follows; only the owner has sessions to tell of. */
  readonly #named = new Map<string, number>();
  readonly #fates: Iterator<Fate>;
  #sent: Sent[] = [];
  #session: RemoteSession;
  #lookAtMs: number | undefined;
  /** What the socket was sent, in order. */
  readonly seen: number[] = [];
  /** What the socket was told of the session's moving, and whether it was back. */
  readonly told: ('tellMoving' | 'tellBack')[] = [];

  constructor(fates: readonly Fate[]) {
    this.#fates = fates[Symbol.iterator]();
    const { session, effects } = beginRemote(0);
    this.#session = session;
    this.#act(effects);
  }

  /** Whether the socket gets what is stored, and was not told otherwise. */
  get isLive(): boolean {
    return this.#session.at === 'live' && !this.#session.isMoving;
  }

  /** The owner stores events, and tells who follows. */
  store(count: number): void {
    const first = this.stored + 1;
    this.stored += count;
    if (this.#named.has(this.owner))
      this.#send('gateway', this.owner, { kind: 'frames', from: first, last: this.stored });
  }

  move(to: string, isTold: boolean): void {
    if (to === this.owner) return;
    if (isTold && this.#named.has(this.owner)) this.#send('gateway', this.owner, { kind: 'moved' });
    this.#named.delete(this.owner);
    this.owner = to;
  }

  /** Lets time pass; everything that is due arrives, in the order of its arrival. */
  pass(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs += stepMs;
      const due = this.#sent.filter(({ dueMs }) => dueMs <= this.nowMs).sort((one, next) => one.dueMs - next.dueMs);
      this.#sent = this.#sent.filter((sent) => !due.includes(sent));
      for (const sent of due) this.#arrive(sent);
      if (this.#lookAtMs !== undefined && this.#lookAtMs <= this.nowMs) {
        this.#lookAtMs = undefined;
        this.#apply(stepRemote(this.#session, { type: 'owner', bootId: this.owner }, this.nowMs));
      }
      const tick = stepRemote(this.#session, { type: 'tick' }, this.nowMs);
      if (!mayBeDue(this.#session, this.nowMs)) assert.deepEqual(tick, { session: this.#session, effects: [] });
      this.#apply(tick);
      if (this.nowMs % rollMs === 0) this.#callRoll();
      for (const [engine, namedMs] of this.#named)
        if (this.nowMs - namedMs > followerSilenceMs) this.#named.delete(engine);
    }
  }

  #callRoll(): void {
    const session = this.#session;
    if (session.at !== 'resolving') this.#send(session.bootId, 'gateway', { kind: 'follow', heard: session.heard });
  }

  #send(to: string, from: string, message: Message): void {
    const { copies, delayMs } = this.#fates.next().value ?? { copies: 1, delayMs: 0 };
    if (this.isCut) return;
    for (let copy = 0; copy < copies; copy++)
      this.#sent.push({ to, from, message, dueMs: this.nowMs + delayMs * (copy + 1) });
  }

  #arrive({ to, from, message }: Sent): void {
    if (to !== 'gateway') {
      if (to !== this.owner) return this.#send('gateway', to, { kind: 'gone' });
      this.#named.set(to, this.nowMs);
      return this.#send('gateway', to, { kind: 'followed', stored: this.stored });
    }
    if (message.kind === 'followed')
      this.#apply(stepRemote(this.#session, { type: 'followed', from, stored: message.stored }, this.nowMs));
    else if (message.kind === 'gone' || message.kind === 'moved')
      this.#apply(stepRemote(this.#session, { type: 'lost', from }, this.nowMs));
    else if (message.kind === 'frames') {
      this.#apply(stepRemote(this.#session, { type: 'frames', last: message.last }, this.nowMs));
      this.#show(message.from, message.last);
    }
  }

  #apply({ session, effects }: Step): void {
    this.#session = session;
    this.#act(effects);
  }

  #act(effects: readonly RemoteEffect[]): void {
    for (const effect of effects) {
      if (effect.do === 'look') this.#lookAtMs = this.nowMs + stepMs;
      else if (effect.do === 'follow') this.#send(effect.bootId, 'gateway', { kind: 'follow', heard: effect.heard });
      else if (effect.do === 'tellMoving' || effect.do === 'tellBack') this.told.push(effect.do);
      else if (effect.do === 'read') {
        this.#show(effect.upTo, effect.upTo);
        this.#apply(stepRemote(this.#session, { type: 'caughtUp' }, this.nowMs));
      }
    }
  }

  /** As a feed does it: what is missing before is read from the rows, and what was seen is left out. */
  #show(from: number, last: number): void {
    const position = this.seen.at(-1) ?? 0;
    for (let sequence = Math.min(from, position + 1); sequence <= last; sequence++)
      if (sequence > position) this.seen.push(sequence);
  }
}

type Deed = { do: 'store'; count: number } | { do: 'move'; to: string; isTold: boolean } | { do: 'cut' | 'heal' };

const anyDeed: fc.Arbitrary<Deed & { thenMs: number }> = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('store' as const), count: fc.integer({ min: 1, max: 5 }) }) },
      fc.record({ do: fc.constant('move' as const), to: fc.constantFrom('a', 'b'), isTold: fc.boolean() }),
      fc.record({ do: fc.constantFrom('cut' as const, 'heal' as const) }),
    ),
    fc.integer({ min: 0, max: 80 }),
  )
  .map(([deed, steps]) => ({ ...deed, thenMs: steps * stepMs }));

const anyFate = fc.record({ copies: fc.integer({ min: 0, max: 2 }), delayMs: fc.constantFrom(0, 100, 300, 2_500) });

test('each event is seen once and in order, and all of them soon after the last trouble', () => {
  fc.assert(
    fc.property(
      fc.array(anyDeed, { maxLength: 40, size: 'max' }),
      fc.array(anyFate, { maxLength: 200, size: 'max' }),
      (deeds, fates) => {
        const world = new World(fates);
        for (const deed of deeds) {
          if (deed.do === 'store') world.store(deed.count);
          else if (deed.do === 'move') world.move(deed.to, deed.isTold);
          else world.isCut = deed.do === 'cut';
          world.pass(deed.thenMs);
          assert.deepEqual(
            world.seen,
            world.seen.map((_, at) => at + 1),
          );
        }
        world.isCut = false;
        world.pass(60_000); // The rest of the fates may still lose what the roll-calls say.
        for (let calls = 0; calls < 200 && fates.length > 0 && !world.isLive; calls++) world.pass(rollMs);
        assert.ok(world.isLive);
        assert.deepEqual(
          world.told,
          world.told.map((_, at) => (at % 2 === 0 ? 'tellMoving' : 'tellBack')),
          'told once for each time',
        );
        assert.ok(world.told.length % 2 === 0, 'and that it is back');
        assert.equal(world.seen.length, world.stored);
        world.store(1);
        world.pass(followerSilenceMs + 3 * rollMs);
        assert.equal(world.seen.length, world.stored, 'nobody is deaf');
      },
    ),
    { numRuns: 300 },
  );
});

const take = (steps: readonly RemoteEvent[], times: readonly number[]) => {
  let { session } = beginRemote(0);
  const effects = steps.flatMap((event, at) => {
    const step = stepRemote(session, event, times[at] ?? 0);
    session = step.session;
    return step.effects.map((effect) => effect.do);
  });
  return effects.filter((effect) => effect === 'tellMoving' || effect === 'tellBack');
};
const live: RemoteEvent[] = [
  { type: 'owner', bootId: 'a' },
  { type: 'followed', from: 'a', stored: 1 },
  { type: 'caughtUp' },
];

test('clients are told that a session moves once it is without its owner for a second, not sooner', () => {
  assert.deepEqual(take([...live, { type: 'cut' }, { type: 'tick' }], [0, 0, 0, 100, 1_000]), []);
  assert.deepEqual(take([...live, { type: 'cut' }, { type: 'tick' }], [0, 0, 0, 100, 1_100]), ['tellMoving']);
  const lost: RemoteEvent = { type: 'lost', from: 'a' };
  assert.deepEqual(take([...live, lost, { type: 'tick' }, { type: 'tick' }], [0, 0, 0, 0, 1_000, 9_000]), [
    'tellMoving',
  ]);
  assert.deepEqual(take([...live, { type: 'tick' }], [0, 0, 0, 2_900]), []);
  assert.deepEqual(take([...live, { type: 'tick' }], [0, 0, 0, 3_000]), ['tellMoving'], 'an owner that is silent');
});

test('clients are told once which labels nobody has, after they were told that the session moves', () => {
  const lacking: RemoteEvent = { type: 'unreachable', lacking: { gpu: 'a' } };
  let { session } = beginRemote(0);
  const steps: [RemoteEvent, number][] = [
    [lacking, 500],
    [{ type: 'tick' }, 1_000],
    [lacking, 1_100],
    [lacking, 1_700],
  ];
  const told = steps.flatMap(([event, nowMs]) => {
    const step = stepRemote(session, event, nowMs);
    session = step.session;
    return step.effects.filter((effect) => effect.do === 'tellMoving');
  });
  assert.deepEqual(told, [{ do: 'tellMoving' }, { do: 'tellMoving', lacking: { gpu: 'a' } }]);
});

test('a session at rest that nobody has is not moving for those who watch it', () => {
  const resting: RemoteEvent[] = [{ type: 'resting' }, { type: 'tick' }];
  assert.deepEqual(take([...resting, ...resting], [10, 600, 1_200, 9_000]), []);
});

test('an owner that refuses at once is not asked in a tight loop', () => {
  const { session } = beginRemote(0);
  const following = stepRemote(session, { type: 'owner', bootId: 'a' }, 0);
  const refused = stepRemote(following.session, { type: 'lost', from: 'a' }, 1);
  assert.deepEqual(refused.effects, []);
  assert.deepEqual(stepRemote(refused.session, { type: 'tick' }, 100).effects, []);
  assert.deepEqual(stepRemote(refused.session, { type: 'tick' }, 900).effects, [{ do: 'look' }]);
});
