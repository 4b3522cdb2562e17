// Requests with one key: none that the provider would refuse, none that waits for ever, and each user's turn comes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { LimitReadings, PermitAsk } from '../../schema/permits.ts';
import { Governor } from './governor.ts';

const askOf = (id: string, userId = 'ada', tokens = 1): PermitAsk => ({
  id,
  key: 'k',
  userId,
  tokens,
  freshTokens: tokens,
});

const granted = (governor: Governor, nowMs: number) => governor.grant(nowMs).granted.map(({ id }) => id);

const limitsOf = (limits: LimitReadings) => ({ kind: 'limits', limits }) as const;

/** A provider whose limits fill again all the time, a minute for the whole. */
class Vendor {
  readonly #limits: { requests: number; tokens: number };
  #left: { requests: number; tokens: number };
  #atMs = 0;
  refused = 0;

  constructor(limits: { requests: number; tokens: number }) {
    this.#limits = limits;
    this.#left = { ...limits };
  }

  take(tokens: number, nowMs: number): LimitReadings | undefined {
    for (const kind of ['requests', 'tokens'] as const) {
      const filled = this.#left[kind] + ((nowMs - this.#atMs) / 60_000) * this.#limits[kind];
      this.#left[kind] = Math.min(this.#limits[kind], filled);
    }
    this.#atMs = nowMs;
    const slack = 1e-6;
    if (this.#left.requests < 1 - slack || this.#left.tokens < tokens - slack) {
      this.refused++;
      return undefined;
    }
    this.#left.requests -= 1;
    this.#left.tokens -= tokens;
    return { requests: this.#read('requests'), tokens: this.#read('tokens') };
  }

  #read(kind: 'requests' | 'tokens') {
    const [limit, remaining] = [this.#limits[kind], this.#left[kind]];
    return { limit, remaining, fullInMs: ((limit - remaining) / limit) * 60_000 };
  }
}

type Task = { atMs: number; userId: string; tokens: number; delayMs: number };

const task: fc.Arbitrary<Task> = fc.record({
  atMs: fc.integer({ min: 0, max: 90_000 }),
  userId: fc.constantFrom('ada', 'bob', 'cleo'),
  tokens: fc.integer({ min: 1, max: 400 }),
  delayMs: fc.integer({ min: 0, max: 5_000 }),
});

/** Plays all tasks to their ends; a request that was sent is heard of after its delay. */
function play(tasks: readonly Task[], vendor: Vendor): { order: string[]; endMs: number } {
  const governor = new Governor();
  const order: string[] = [];
  const events = tasks.map(({ atMs }, at) => ({ atMs, act: () => governor.ask(asks[at] as PermitAsk) }));
  const asks = tasks.map(({ userId, tokens }, at) => askOf(`${at}`, userId, tokens));
  let nowMs = 0;
  const grantAll = () => {
    const { granted: sent, nextAtMs } = governor.grant(nowMs);
    for (const { id, tokens } of sent) {
      order.push(id);
      const limits = vendor.take(tokens, nowMs);
      events.push({
        atMs: nowMs + (tasks[Number(id)]?.delayMs ?? 0),
        act: () => {
          governor.hear(id, limits ? limitsOf(limits) : { kind: 'refused', pauseMsMax: 1_000 }, nowMs);
          governor.end(id);
        },
      });
    }
    if (nextAtMs !== undefined) events.push({ atMs: Math.max(nowMs + 1, Math.ceil(nextAtMs)), act: () => undefined });
  };
  for (let turns = 0; events.length > 0; turns++) {
    assert.ok(turns < 100_000, 'somebody waits for ever');
    events.sort((one, other) => one.atMs - other.atMs);
    const event = events.shift();
    nowMs = event?.atMs ?? nowMs;
    event?.act();
    grantAll();
  }
  return { order, endMs: nowMs };
}

test('once the provider has said what is left, it refuses nothing, and everybody is sent', () => {
  void fc.assert(
    fc.property(
      fc.array(task, { minLength: 1, maxLength: 40, size: 'max' }),
      fc.record({ requests: fc.integer({ min: 1, max: 30 }), tokens: fc.integer({ min: 400, max: 2_000 }) }),
      (tasks, limits) => {
        const vendor = new Vendor(limits);
        // The first one comes alone, since nothing is known before.
        const first = { atMs: 0, userId: 'ada', tokens: 1, delayMs: 0 };
        const { order } = play([first, ...tasks.map((each) => ({ ...each, atMs: each.atMs + 1 }))], vendor);
        assert.equal(order.length, tasks.length + 1);
        // What was on its way when a reading was taken is counted twice at most, never left out.
        assert.equal(vendor.refused, 0);
      },
    ),
    { numRuns: 300 },
  );
});

test('while several users wait, their requests are sent in turns, each user’s own in their order', () => {
  void fc.assert(
    fc.property(
      fc.array(fc.constantFrom('ada', 'bob', 'cleo'), { minLength: 1, maxLength: 30, size: 'max' }),
      (users) => {
        const governor = new Governor();
        governor.ask(askOf('probe'));
        governor.grant(0);
        governor.hear('probe', limitsOf({ requests: { limit: 1, remaining: 0, fullInMs: 60_000 } }), 0);
        governor.end('probe');
        for (const [at, userId] of users.entries()) governor.ask(askOf(`${at}`, userId));
        const order: string[] = [];
        for (let nowMs = 60_000; order.length < users.length; nowMs += 60_000) {
          for (const id of granted(governor, nowMs)) {
            order.push(id);
            governor.hear(id, limitsOf({ requests: { limit: 1, remaining: 0, fullInMs: 60_000 } }), nowMs);
            governor.end(id);
          }
        }
        for (const userId of new Set(users)) {
          const own = order.filter((id) => users[Number(id)] === userId).map(Number);
          assert.deepEqual(
            own,
            own.toSorted((one, other) => one - other),
          );
        }
        const left = Map.groupBy(order, (id) => users[Number(id)]);
        for (const [at, id] of order.entries()) {
          const others = [...left].filter(([user, ids]) => user !== users[Number(id)] && (ids?.length ?? 0) > 0);
          const next = order.slice(at + 1, at + 1 + others.length).map((other) => users[Number(other)]);
          left.get(users[Number(id)])?.shift();
          assert.equal(new Set(next).size, others.length);
        }
      },
    ),
  );
});

test('nothing is known at first, and everybody is sent', () => {
  const governor = new Governor();
  for (let at = 0; at < 100; at++) governor.ask(askOf(`${at}`));
  assert.equal(granted(governor, 0).length, 100);
});

test('a refusal pauses all, for as long as the provider says, and then lets one after the other', () => {
  const governor = new Governor();
  for (const id of ['a', 'b', 'c']) governor.ask(askOf(id));
  governor.grant(0);
  for (const id of ['a', 'b', 'c']) {
    governor.hear(id, { kind: 'refused', retryAfterMs: 5_000, pauseMsMax: 60_000 }, 10);
    governor.end(id);
    governor.ask(askOf(`${id}2`));
  }
  assert.deepEqual(governor.grant(100), { granted: [], nextAtMs: 5_010 });
  assert.deepEqual(granted(governor, 5_010), ['a2']);
  assert.deepEqual(governor.grant(6_000), { granted: [], nextAtMs: undefined });
  governor.hear('a2', { kind: 'taken' }, 6_100);
  assert.deepEqual(granted(governor, 6_100), ['b2', 'c2']);
});

test('pauses without a time grow with each refusal, and requests that were refused together are one', () => {
  const governor = new Governor();
  let nowMs = 0;
  const pauses = Array.from({ length: 4 }, (_, round) => {
    for (const id of ['x', 'y']) governor.ask(askOf(`${id}${round}`));
    const sent = granted(governor, nowMs);
    for (const id of sent) governor.hear(id, { kind: 'refused', pauseMsMax: 10_000 }, nowMs);
    for (const id of ['x', 'y']) governor.end(`${id}${round}`);
    governor.ask(askOf(`z${round}`));
    const { nextAtMs = 0 } = governor.grant(nowMs);
    governor.end(`z${round}`);
    const pauseMs = nextAtMs - nowMs;
    nowMs = nextAtMs;
    return pauseMs;
  });
  assert.deepEqual(pauses, [2_000, 4_000, 8_000, 10_000]);
});

test('a time that nobody waits for pauses nobody: the provider tells each one itself', () => {
  const governor = new Governor();
  governor.ask(askOf('a'));
  governor.grant(0);
  governor.hear('a', { kind: 'refused', retryAfterMs: 86_400_000, pauseMsMax: 60_000 }, 0);
  governor.end('a');
  governor.ask(askOf('b'));
  assert.deepEqual(granted(governor, 0), ['b']);
});

test('a request that is larger than the limit waits for all of it, and is sent', () => {
  const governor = new Governor();
  governor.ask(askOf('a'));
  governor.grant(0);
  governor.hear('a', limitsOf({ tokens: { limit: 100, remaining: 50, fullInMs: 30_000 } }), 0);
  governor.ask(askOf('b', 'ada', 1_000));
  assert.deepEqual(governor.grant(0), { granted: [], nextAtMs: 30_000 });
  assert.deepEqual(granted(governor, 30_000), ['b']);
});

test('one who gives up leaves their place to the next', () => {
  const governor = new Governor();
  governor.ask(askOf('a'));
  governor.grant(0);
  governor.hear('a', limitsOf({ requests: { limit: 2, remaining: 0, fullInMs: 60_000 } }), 0);
  for (const id of ['b', 'c']) governor.ask(askOf(id));
  governor.end('b');
  assert.deepEqual(granted(governor, 30_000), ['c']);
  assert.equal(governor.isIdle, false);
  for (const id of ['a', 'c']) governor.end(id);
  assert.equal(governor.isIdle, true);
});
