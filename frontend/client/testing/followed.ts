// A session of a real engine with all that its client tells, for tests.
import assert from 'node:assert/strict';
import { signTestToken } from '../../../engine/testing/engine.ts';
import {
  type ClientOptions,
  createClient,
  type Gap,
  type LucidError,
  type Session,
  type SessionEvent,
} from '../index.ts';

/** Tries again soon, so that a thousand cuts take seconds. */
export const quickBounds = { backOffBaseMs: 4, backOffMaxMs: 200 };

export const makeTestClient = (baseUrl: string, options: Partial<ClientOptions> = {}) =>
  createClient({
    baseUrl,
    token: () => signTestToken('ada'),
    ...options,
    bounds: { ...quickBounds, ...options.bounds },
  });

export type Gathered = { events: SessionEvent[]; gaps: Gap[]; errors: LucidError[] };

/** What listeners of a session hear from here on. */
export function gather(session: Session): Gathered {
  const gathered: Gathered = { events: [], gaps: [], errors: [] };
  session.on('event', (event) => gathered.events.push(event));
  session.on('gap', (gap) => gathered.gaps.push(gap));
  session.on('error', (error) => gathered.errors.push(error));
  return gathered;
}

/** Resolves with the first event that matches, of those that come. */
export function waitForEvent(session: Session, matches: (event: SessionEvent) => boolean): Promise<SessionEvent> {
  return new Promise((resolve) => {
    const stop = session.on('event', (event) => {
      if (!matches(event)) return;
      stop();
      resolve(event);
    });
  });
}

/** Resolves once a session shows this. */
export function waitForState<Name extends keyof ReturnType<Session['state']['getSnapshot']>>(
  session: Session,
  name: Name,
  value: ReturnType<Session['state']['getSnapshot']>[Name],
): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (session.state.getSnapshot()[name] !== value) return;
      stop();
      resolve();
    };
    const stop = session.state.subscribe(look);
    look();
  });
}

export const isCompleted = (event: SessionEvent): boolean => event.type === 'status' && event.status === 'completed';

/** 1, 2, 3 … each once. */
export function assertEachOnce(events: readonly SessionEvent[], from = 1): void {
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, at) => at + from),
  );
}
