// Reads of stored events: few at once, each user's in order, and nobody waits for all that another user asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReadTurns, readersMaxOf } from './read-turns.ts';

type Read = { user: string; begun: boolean; finish: () => void; leaving: AbortController; outcome: Promise<unknown> };

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Users who ask for reads, and what has begun of them. */
class TurnsStage {
  readonly turns: ReadTurns;
  readonly waiting: Read[] = [];
  readonly reading: Read[] = [];
  /** Reads that have begun since the last look, in order. */
  begun: Read[] = [];

  constructor(readersMax: number) {
    this.turns = new ReadTurns(readersMax);
  }

  ask(user: string): Read {
    const { promise, resolve } = Promise.withResolvers<void>();
    const leaving = new AbortController();
    const read: Read = { user, begun: false, finish: resolve, leaving, outcome: Promise.resolve() };
    this.waiting.push(read);
    const begin = () => {
      read.begun = true;
      this.begun.push(read);
      this.waiting.splice(this.waiting.indexOf(read), 1);
      this.reading.push(read);
      return promise.then(() => 'rows');
    };
    read.outcome = this.turns.take(user, begin, leaving.signal);
    return read;
  }

  finish(at: number): void {
    if (this.reading.length > 0) this.reading.splice(at % this.reading.length, 1)[0]?.finish();
  }

  leave(at: number): void {
    if (this.waiting.length > 0) this.waiting.splice(at % this.waiting.length, 1)[0]?.leaving.abort();
  }
}

type Action = { name: 'ask'; user: string } | { name: 'finish' | 'leave'; at: number };

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ name: fc.constant('ask'), user: fc.constantFrom('a', 'a', 'a', 'b', 'c') }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constant('finish'), at: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('leave'), at: fc.nat(9) }) },
);

test('whatever others ask for, a user who waits sees each of them begin one read at most before the next of their own', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(anyAction, { maxLength: 60, size: 'max' }),
      async (readersMax, actions) => {
        const stage = new TurnsStage(readersMax);
        /** For each user who waits, whose reads have begun meanwhile. */
        const overtaken = new Map<string, string[]>();
        for (const action of actions) {
          if (action.name === 'ask') stage.ask(action.user);
          else stage[action.name](action.at);
          await settle();
          for (const { user } of stage.begun) {
            overtaken.delete(user);
            for (const seen of overtaken.values()) seen.push(user);
          }
          stage.begun = [];
          const users = new Set(stage.waiting.map(({ user }) => user));
          for (const user of overtaken.keys()) if (!users.has(user)) overtaken.delete(user);
          for (const user of users) if (!overtaken.has(user)) overtaken.set(user, []);
          for (const [user, seen] of overtaken) assert.equal(new Set(seen).size, seen.length, `${user} saw ${seen}`);
          assert.ok(stage.reading.length <= readersMax);
          assert.ok(
            stage.waiting.length === 0 || stage.reading.length === readersMax,
            'a reader rests while reads wait',
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('each user’s reads begin in the order in which they were asked for, and all of them end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30, size: 'max' }), async (users) => {
      const stage = new TurnsStage(2);
      const asked = users.map((user) => stage.ask(user));
      for (let n = 0; n < users.length; n++) {
        await settle();
        stage.finish(n);
      }
      const outcomes = await Promise.all(asked.map(({ outcome }) => outcome));
      assert.deepEqual(
        outcomes,
        users.map(() => 'rows'),
      );
      for (const name of ['a', 'b', 'c'])
        assert.deepEqual(
          stage.begun.filter(({ user }) => user === name),
          asked.filter(({ user }) => user === name),
        );
    }),
  );
});

test('a client that leaves while it waits reads nothing and keeps nobody waiting', async () => {
  const stage = new TurnsStage(1);
  const [first, left, last] = [stage.ask('a'), stage.ask('a'), stage.ask('a')];
  await settle();
  left.leaving.abort();
  assert.equal(await left.outcome, undefined);
  first.finish();
  await settle();
  assert.deepEqual([left.begun, last.begun], [false, true]);
});

test('a client that has left already waits for nothing', async () => {
  const turns = new ReadTurns(1);
  assert.equal(await turns.take('a', () => assert.fail('Nothing is read.'), AbortSignal.abort()), undefined);
});

test('a read that fails makes room for the next', async () => {
  const turns = new ReadTurns(1);
  await assert.rejects(
    turns.take('a', async () => {
      throw new Error('away');
    }),
    /away/,
  );
  assert.equal(await turns.take('a', async () => 'rows'), 'rows');
});

test('requests find a connection while all readers read, in a pool of more than one', () => {
  assert.deepEqual([1, 2, 3, 5, 10].map(readersMaxOf), [1, 1, 1, 2, 4]);
});
