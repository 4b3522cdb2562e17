// A request that may be repeated makes one session, however its attempts end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { askedSession } from '../testing/asked-session.ts';
import { Creations, type CreationsDependencies } from './creations.ts';
import type { Entry } from './directory.ts';
import type { RequestMark } from './request-mark.ts';

type Row = { sessionId: string; requestDigest: string };

/** The sessions of an engine, reduced to what creations use; each test says how an attempt ends. */
class Engine {
  readonly rows = new Map<string, Row>();
  attempts = 0;
  unavailable: ReturnType<CreationsDependencies['sessions']['checkAvailability']>;
  attempt: (mark: RequestMark | undefined) => Promise<Outcome<Entry>> = async (mark) => this.store(mark);
  readonly creations = new Creations({
    sessions: {
      checkAvailability: () => this.unavailable,
      create: (_, { mark }) => {
        this.attempts++;
        return this.attempt(mark);
      },
    },
    history: { findSession: async (sessionId) => (this.rows.get(sessionId) ?? null) as never },
  });

  store(mark: RequestMark | undefined): Outcome<Entry> {
    const sessionId = mark?.sessionId ?? `s-${this.attempts}`;
    this.rows.set(sessionId, { sessionId, requestDigest: mark?.digest ?? '' });
    return succeeded({ sessionId } as Entry);
  }

  async create(mark?: RequestMark): Promise<string> {
    const made = await this.creations.createOnce({ userId: 'ada' }, askedSession, mark);
    return made.ok ? made.value.sessionId : made.failure.code;
  }
}

const mark = { sessionId: 's', digest: 'd' };
const noAnswer = failed('noAnswer', 'The session did not answer in time.');

test('requests without an Idempotency-Key make a session each', async () => {
  const engine = new Engine();
  assert.deepEqual([await engine.create(), await engine.create()], ['s-1', 's-2']);
});

test('of simultaneous requests the first makes the session, and the others wait for it', async () => {
  const engine = new Engine();
  const { promise, resolve } = Promise.withResolvers<void>();
  engine.attempt = (given) => promise.then(() => engine.store(given));
  const all = Promise.all([engine.create(mark), engine.create(mark), engine.create({ ...mark, digest: 'another' })]);
  resolve();
  assert.deepEqual(await all, ['s', 's', 'idReused']);
  assert.equal(engine.attempts, 1);
});

test('after an attempt that failed, or threw, the next one makes the session', async () => {
  const engine = new Engine();
  const attempts = [async () => noAnswer, () => Promise.reject(new Error('PostgreSQL is away.'))];
  engine.attempt = (given) => attempts.shift()?.() ?? Promise.resolve(engine.store(given));
  const all = await Promise.allSettled([engine.create(mark), engine.create(mark), engine.create(mark)]);
  assert.deepEqual(
    all.map((made) => (made.status === 'fulfilled' ? made.value : 'threw')),
    ['noAnswer', 'threw', 's'],
  );
});

test('an attempt that was given up but stored is the answer to a later attempt', async () => {
  const engine = new Engine();
  engine.attempt = async (given) => {
    engine.store(given);
    return failed('refusedByStorage', 'The session could not be stored.');
  };
  assert.equal(await engine.create(mark), 's');
  engine.rows.clear();
  engine.attempt = async () => failed('refusedByStorage', 'The session could not be stored.');
  assert.equal(await engine.create(mark), 'refusedByStorage');
});

test('while nothing can be stored, requests are refused without a query', async () => {
  const engine = new Engine();
  engine.store(mark);
  engine.unavailable = failed('storageUnavailable', 'The database does not answer; try again.', {
    retryAfterMs: 2_000,
  });
  assert.equal(await engine.create(mark), 'storageUnavailable');
});
