// Over a bus that drops, doubles and delays, each ask is done once for each id and answered once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MessageOf } from '../../schema/bus.ts';
import type { Asked, AskedOfSession } from '../../schema/bus-asks.ts';
import { elsewhere, goingAway, type Outcome, succeeded } from '../../schema/error.ts';
import { noFittingEngine } from '../../schema/labels.ts';
import type { Reply } from '../../schema/thread.ts';
import { hostRequestsMax } from '../ring/host-link.ts';
import { Answers } from './answers.ts';
import { type AskOwner, Asks } from './asks.ts';

const stepMs = 50;
const askTimeoutMs = 30_000;

const commandOf = (id: string, sessionId = 's'): AskedOfSession => ({
  kind: 'command',
  sessionId,
  command: { type: 'message', id, content: 'Go on' },
});

/** What the bus does to each message in turn: how often it arrives, and how late. */
type Fate = { copies: number; delayMs: number };

/** A gateway that asks, engines that answer for the session that one of them has, and the rows, which know every command. */
class World {
  nowMs = 0;
  owner = 'a';
  readonly asks: Asks;
  readonly stored: string[] = [];
  readonly dead = new Set<string>();
  readonly #fates: Iterator<Fate>;
  #due: { atMs: number; arrive: () => void }[] = [];
  readonly #answers = new Map<string, Answers>();

  constructor(fates: readonly Fate[]) {
    this.#fates = fates[Symbol.iterator]();
    const now = () => this.nowMs;
    this.asks = new Asks({
      findOwner: async (): Promise<AskOwner> => ({ kind: 'elsewhere', bootId: this.owner }),
      send: (bootId, ask) => {
        const message: MessageOf<'ask'> = { kind: 'ask', ...ask };
        this.#send(() => {
          if (!this.dead.has(bootId)) void this.#answers.get(bootId)?.receiveAsk('gateway', message, 0);
        });
        return true;
      },
      askHere: async () => elsewhere,
      now,
    });
    for (const bootId of ['a', 'b'])
      this.#answers.set(
        bootId,
        new Answers({
          answer: async (asked) => this.#answer(bootId, asked),
          reply: (_, { k }, outcome) => this.#send(() => this.asks.receiveReply(bootId, k, outcome)),
          onBug: (bug) => assert.fail(String(bug)),
          now,
        }),
      );
  }

  /** Lets time pass, and everything happen that is due. */
  async pass(ms: number): Promise<void> {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs += stepMs;
      const due = this.#due.filter(({ atMs }) => atMs <= this.nowMs);
      this.#due = this.#due.filter((one) => !due.includes(one));
      for (const { arrive } of due) arrive();
      this.asks.tick();
      await new Promise(setImmediate);
    }
  }

  /** As a session does: a command that is stored already is acknowledged again. */
  #answer(bootId: string, asked: Asked): Outcome<Reply> {
    if (bootId !== this.owner) return elsewhere;
    assert.ok(asked.kind === 'command');
    const { id } = asked.command;
    const at = this.stored.indexOf(id);
    if (at >= 0) return succeeded({ kind: 'done', sequence: at + 1, acknowledgement: '{}' });
    return succeeded({ kind: 'done', sequence: this.stored.push(id) });
  }

  #send(arrive: () => void): void {
    const { copies, delayMs } = this.#fates.next().value ?? { copies: 1, delayMs: 0 };
    for (let copy = 0; copy < copies; copy++) this.#due.push({ atMs: this.nowMs + delayMs * (copy + 1), arrive });
  }
}

const anyFate = fc.record({ copies: fc.integer({ min: 0, max: 2 }), delayMs: fc.constantFrom(0, 100, 2_500) });
const anyTrouble = fc.record({
  afterMs: fc.integer({ min: 0, max: 40 }).map((steps) => steps * stepMs),
  isDeath: fc.boolean(),
});

test('each ask is answered once and its command stored once, whatever is lost and whoever dies', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(anyFate, { maxLength: 25, size: 'max' }),
      fc.array(anyTrouble, { maxLength: 2 }),
      async (count, fates, troubles) => {
        const world = new World(fates);
        const answers: Outcome<Reply>[] = [];
        for (let at = 0; at < count; at++)
          void world.asks.ask(commandOf(`c-${at}`), askTimeoutMs).then((answer) => answers.push(answer));
        for (const { afterMs, isDeath } of troubles) {
          await world.pass(afterMs);
          if (isDeath && world.dead.size === 0) world.dead.add(world.owner);
          world.owner = ['a', 'b'].find((engine) => engine !== world.owner && !world.dead.has(engine)) ?? world.owner;
        }
        await world.pass(askTimeoutMs + 1_000);
        assert.equal(answers.length, count);
        assert.equal(new Set(world.stored).size, world.stored.length);
        for (const answer of answers)
          if (answer.ok)
            assert.ok(answer.value.kind === 'done' && world.stored[answer.value.sequence - 1] !== undefined);
          else assert.equal(answer.failure.code, 'noAnswer');
        if (world.dead.size === 0 && fates.length < 10) assert.ok(answers.every(({ ok }) => ok));
      },
    ),
    { numRuns: 40 },
  );
});

const asksTo = (more: Partial<ConstructorParameters<typeof Asks>[0]>, nowMs = { value: 0 }) =>
  new Asks({
    findOwner: async () => ({ kind: 'elsewhere', bootId: 'a' }),
    send: () => true,
    askHere: async () => elsewhere,
    now: () => nowMs.value,
    ...more,
  });

test('an answer counts only from an engine that was asked', async () => {
  const asks = asksTo({});
  const answer = asks.ask(commandOf('c'), askTimeoutMs);
  await new Promise(setImmediate);
  asks.receiveReply('forger', 1, succeeded({ kind: 'done', sequence: 66 }));
  asks.receiveReply('a', 1, succeeded({ kind: 'done', sequence: 5 }));
  asks.receiveReply('a', 1, succeeded({ kind: 'done', sequence: 6 }));
  assert.deepEqual(await answer, succeeded({ kind: 'done', sequence: 5 }));
});

test('more asks than one engine may have before it are refused at once, and others are asked all the same', async () => {
  const asks = asksTo({ findOwner: async (sessionId) => ({ kind: 'elsewhere', bootId: sessionId }) });
  for (let at = 0; at < hostRequestsMax; at++) void asks.ask(commandOf(`c-${at}`, 'dead'), askTimeoutMs);
  await new Promise(setImmediate);
  const refused = await asks.ask(commandOf('c', 'dead'), askTimeoutMs);
  assert.partialDeepStrictEqual(refused, { failure: { code: 'overloaded' } });
  assert.equal(asks.isFull, false);
  const answer = asks.ask(commandOf('c', 'alive'), askTimeoutMs);
  await new Promise(setImmediate);
  asks.receiveReply('alive', hostRequestsMax + 2, succeeded({ kind: 'done', sequence: 5 }));
  assert.deepEqual(await answer, succeeded({ kind: 'done', sequence: 5 }));
});

test('an engine that has answered takes as many asks again', async () => {
  const asks = asksTo({});
  const answers = Array.from({ length: hostRequestsMax }, (_, at) => asks.ask(commandOf(`c-${at}`), askTimeoutMs));
  await new Promise(setImmediate);
  for (const [at] of answers.entries()) asks.receiveReply('a', at + 1, succeeded({ kind: 'done', sequence: at + 1 }));
  assert.ok((await Promise.all(answers)).every(({ ok }) => ok));
  const next = asks.ask(commandOf('c'), askTimeoutMs);
  await new Promise(setImmediate);
  asks.receiveReply('a', hostRequestsMax + 1, succeeded({ kind: 'done', sequence: 1 }));
  assert.ok((await next).ok);
});

test('more asks of all engines than this one can keep are refused at once', async () => {
  const asks = asksTo({ findOwner: () => new Promise(() => undefined) });
  for (let at = 0; at < 4 * hostRequestsMax; at++) void asks.ask(commandOf(`c-${at}`), askTimeoutMs);
  assert.equal(asks.isFull, true);
  assert.partialDeepStrictEqual(await asks.ask(commandOf('c'), askTimeoutMs), { failure: { code: 'overloaded' } });
});

test('commands reach the next owner in the order in which they were said, also those that are said once it is known', async () => {
  const said = Array.from({ length: 12 }, (_, at) => `c-${at}`);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 1, max: 30 }), async (movedAt, steps) => {
      const world = new World([]);
      world.dead.add('a');
      for (const [at, id] of said.entries()) {
        if (at === movedAt) world.owner = 'b';
        void world.asks.ask(commandOf(id), askTimeoutMs);
        await world.pass(steps * stepMs);
      }
      await world.pass(5_000);
      assert.deepEqual(world.stored, said);
    }),
    { numRuns: 30 },
  );
});

test('a command that is said here waits for those that a dead engine left unanswered, and a stop for none', async () => {
  let owner: AskOwner = { kind: 'elsewhere', bootId: 'dead' };
  const done: string[] = [];
  const nowMs = { value: 0 };
  const askHere = async (asked: AskedOfSession) => {
    if (asked.kind === 'command') done.push(asked.command.type === 'stop' ? 'stop' : (asked.command.id ?? ''));
    return succeeded({ kind: 'done', sequence: done.length } as const);
  };
  const asks = asksTo({ findOwner: async () => owner, askHere }, nowMs);
  const first = asks.ask(commandOf('first'), askTimeoutMs);
  await new Promise(setImmediate);
  assert.deepEqual([asks.hasCommandOf('s'), asks.hasCommandOf('other')], [true, false]);
  owner = { kind: 'here' };
  const stopped = asks.ask({ kind: 'command', sessionId: 's', command: { type: 'stop', id: 'stop' } }, askTimeoutMs);
  await stopped;
  const second = asks.ask(commandOf('second'), askTimeoutMs);
  for (let steps = 0; steps < 20; steps++) {
    nowMs.value += stepMs;
    asks.tick();
    await new Promise(setImmediate);
  }
  await Promise.all([first, second]);
  assert.deepEqual(done, ['stop', 'first', 'second']);
  assert.equal(asks.hasCommandOf('s'), false);
});

test('a command of a session that nobody has any more is done here', async () => {
  const asks = asksTo({
    findOwner: async () => ({ kind: 'here' }),
    askHere: async () => succeeded({ kind: 'done', sequence: 3 }),
  });
  assert.deepEqual(await asks.ask(commandOf('c'), askTimeoutMs), succeeded({ kind: 'done', sequence: 3 }));
});

test('an engine that is about to end says so, instead of asking itself again and again', async () => {
  const asks = asksTo({ findOwner: async () => ({ kind: 'here' }), askHere: async () => goingAway });
  assert.deepEqual(await asks.ask(commandOf('c'), askTimeoutMs), goingAway);
});

test('the next owner is asked, however late the one before hands a command back', async () => {
  let owner: AskOwner = { kind: 'elsewhere', bootId: 'a' };
  const nowMs = { value: 0 };
  const done = succeeded({ kind: 'done', sequence: 3 } as const);
  const asks = asksTo({ findOwner: async () => owner, askHere: async () => done }, nowMs);
  const answer = asks.ask(commandOf('c'), askTimeoutMs);
  await new Promise(setImmediate);
  owner = { kind: 'here' };
  asks.receiveReply('a', 1, goingAway);
  asks.receiveReply('a', 1, goingAway);
  await new Promise(setImmediate);
  nowMs.value += 1_000;
  asks.tick();
  assert.deepEqual(await answer, done);
});

test('what an asker has given up before it was read is not done', async () => {
  let done = 0;
  const answers = new Answers({
    answer: async () => {
      done++;
      return succeeded({ kind: 'done', sequence: 1 });
    },
    reply: () => undefined,
    onBug: (bug) => assert.fail(String(bug)),
    now: () => 0,
  });
  const ask: MessageOf<'ask'> = { kind: 'ask', k: 1, ttlMs: 5_000, asked: commandOf('c') };
  await answers.receiveAsk('gateway', ask, 5_001);
  assert.equal(done, 0);
  await answers.receiveAsk('gateway', ask, 3);
  assert.equal(done, 1);
});

test('an ask that the engine makes a mistake with is answered so, and the next one as usual', async () => {
  const [bugs, replies] = [[] as unknown[], [] as [number, Outcome<Reply>][]];
  const answers = new Answers({
    answer: async ({ kind }) => {
      if (kind === 'create') throw new TypeError('It is of another release.');
      return succeeded({ kind: 'done', sequence: 1 });
    },
    reply: (_to, { k }, outcome) => void replies.push([k, outcome]),
    onBug: (bug) => void bugs.push(bug),
    now: () => 0,
  });
  const ask = (k: number, asked: object) =>
    answers.receiveAsk('b', { kind: 'ask', k, ttlMs: 1_000, asked: asked as Asked }, 0);
  await ask(1, { kind: 'create', sessionId: 's', session: {} });
  await ask(2, commandOf('c'));
  assert.deepEqual(
    replies.map(([k, outcome]) => [k, outcome.ok || outcome.failure.code]),
    [
      [1, 'internal'],
      [2, true],
    ],
  );
  assert.equal(bugs.length, 1);
});

test('what no engine with the labels can be asked is kept for a while, and then refused with which are missing', async () => {
  let nowMs = 0;
  let owner: Awaited<ReturnType<ConstructorParameters<typeof Asks>[0]['findOwner']>> = noFittingEngine(
    { gpu: 'a' },
    [],
  );
  const asks = new Asks({
    findOwner: async () => owner,
    send: () => false,
    askHere: async () => succeeded({ kind: 'done', sequence: 7 }),
    now: () => nowMs,
  });
  const pass = async (ms: number) => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += stepMs) {
      asks.tick();
      await new Promise(setImmediate);
    }
  };
  const kept = asks.ask(commandOf('c-1'), askTimeoutMs);
  await pass(askTimeoutMs - 1_000);
  owner = { kind: 'here' };
  await pass(1_000);
  assert.deepEqual(await kept, succeeded({ kind: 'done', sequence: 7 }));
  owner = noFittingEngine({ gpu: 'a' }, []);
  const refused = asks.ask(commandOf('c-2'), askTimeoutMs);
  await pass(askTimeoutMs + 1_000);
  assert.deepEqual(await refused, owner);
  assert.deepEqual(asks.counts, { asksAnswered: 1, asksTimedOut: 1 });
  const stop: AskedOfSession = { kind: 'command', sessionId: 's', command: { type: 'stop', id: 'c-3' } };
  assert.deepEqual(await asks.ask(stop, askTimeoutMs), owner, 'a stop is refused at once');
});

test('an owner that was found too late is not asked any more', async () => {
  let nowMs = 0;
  const sent: number[] = [];
  const asks = new Asks({
    findOwner: async () => {
      nowMs += 1_001;
      return { kind: 'elsewhere', bootId: 'a' };
    },
    send: (_to, { ttlMs }) => sent.push(ttlMs) > 0,
    askHere: async () => elsewhere,
    now: () => nowMs,
  });
  const outcome = await asks.ask(commandOf('c'), 1_000);
  assert.deepEqual([outcome.ok || outcome.failure.code, sent], ['noAnswer', []]);
});
