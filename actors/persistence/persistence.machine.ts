// The states of the persistence actor as a pure machine: one batch at a time, and pauses that grow while PostgreSQL is away.
import { assign, setup } from 'xstate';

/** The pause before a batch that failed is tried again: it doubles between these two. */
export const databaseRetryMsMin = 100;
export const databaseRetryMsMax = 1_000;

/** What the actor does when the machine says so. */
export type PersistenceMachineDependencies = {
  /** Writes the next batch, then sends `written` or `failed`. */
  writeBatch(): void;
  announceUnavailable(reason: string): void;
  announceAvailable(): void;
};

export type PersistenceEvent =
  | { type: 'work' }
  | { type: 'written'; hasMore: boolean }
  | { type: 'failed'; reason: string };

type PersistenceContext = { dependencies: PersistenceMachineDependencies; attempts: number };

/** Doubles from attempt to attempt between the two limits; without jitter, since an engine has one writer. */
export const retryDelayMs = (attempts: number): number =>
  Math.min(databaseRetryMsMax, databaseRetryMsMin * 2 ** Math.max(attempts - 1, 0));

export const persistenceMachine = setup({
  types: {
    context: {} as PersistenceContext,
    events: {} as PersistenceEvent,
    input: {} as { dependencies: PersistenceMachineDependencies },
  },
  actions: {
    write: ({ context }) => context.dependencies.writeBatch(),
    announceUnavailable: ({ context, event }) =>
      context.dependencies.announceUnavailable(event.type === 'failed' ? event.reason : ''),
    announceAvailable: ({ context }) => context.dependencies.announceAvailable(),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
  },
  guards: {
    hasMore: ({ event }) => event.type === 'written' && event.hasMore,
    wasAway: ({ context }) => context.attempts > 0,
    /** Nothing is announced for the first failure in a row: the next connection may work. */
    isFirstFailure: ({ context }) => context.attempts === 0,
  },
  delays: { backoff: ({ context }) => retryDelayMs(context.attempts) },
}).createMachine({
  id: 'persistence',
  context: ({ input }) => ({ dependencies: input.dependencies, attempts: 0 }),
  initial: 'idle',
  states: {
    idle: { on: { work: 'writing' } },
    writing: {
      entry: 'write',
      on: {
        written: [
          { guard: 'wasAway', target: 'back' },
          { guard: 'hasMore', target: 'writing', reenter: true },
          { target: 'idle' },
        ],
        failed: [
          { guard: 'isFirstFailure', target: 'waiting', actions: 'countAttempt' },
          { target: 'waiting', actions: ['countAttempt', 'announceUnavailable'] },
        ],
      },
    },
    /** PostgreSQL answers again: announce it and write on; an empty batch does no harm. */
    back: { entry: ['announceAvailable', 'forgetAttempts'], always: 'writing' },
    waiting: { after: { backoff: 'writing' } },
  },
});
