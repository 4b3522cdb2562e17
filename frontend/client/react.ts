// `useSession`: a session in React, followed for as long as a component shows it.
import { useMemo, useSyncExternalStore } from 'react';
import type { Lucid } from './create-client.ts';
import type { MessageOptions } from './protocol.ts';
import type { SessionEvent } from './session/frames.ts';
import type { Accepted, Decision } from './session/said.ts';
import type { Session } from './session/session.ts';
import type { SessionSnapshot } from './session/state.ts';
import type { Gap } from './session/track.ts';

export type SessionView = SessionSnapshot & {
  /** All that were heard, in order; of a very long session the last ones. */
  readonly events: readonly SessionEvent[];
  /** The last gap, where there was one. */
  readonly gap: Gap | null;
  /** For what the view doesn't show, such as fragments of an answer; null until it is mounted. */
  readonly session: Session | null;
  send(content: string, options?: MessageOptions): Promise<Accepted>;
  answer(toolCallId: string, content: string): Promise<Accepted>;
  decide(decision: Decision): Promise<Accepted>;
  interrupt(): Promise<Accepted>;
  stop(): Promise<Accepted>;
};

/** Events that are kept to be shown: more than a page can draw at once, some megabytes. */
const shownEventsMax = 10_000;
/** A frame of the screen: what comes meanwhile is shown together. */
const showIntervalMs = 16;

/**
 * Follows a session while the component is mounted, and another one when the id changes.
 * @param sessionId null while there is none yet
 */
export function useSession(lucid: Lucid, sessionId: string): SessionView;
export function useSession(lucid: Lucid, sessionId: string | null): SessionView | null;
export function useSession(lucid: Lucid, sessionId: string | null): SessionView | null {
  const following = useMemo(
    () => (sessionId === null ? followNothing : new Following(lucid, sessionId)),
    [lucid, sessionId],
  );
  return useSyncExternalStore(following.subscribe, following.getSnapshot, following.getSnapshot);
}

const followNothing = { subscribe: () => () => undefined, getSnapshot: () => null };

/** Attaches with the first who subscribes, and leaves with the last. */
class Following {
  readonly #lucid: Lucid;
  readonly #sessionId: string;
  readonly #listeners = new Set<() => void>();
  #session: Session | null = null;
  #events: SessionEvent[] = [];
  #gap: Gap | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #view: SessionView;

  constructor(lucid: Lucid, sessionId: string) {
    this.#lucid = lucid;
    this.#sessionId = sessionId;
    this.#view = {
      ...{
        connection: 'connecting',
        status: null,
        sessionId,
        epoch: 0,
        sequence: 0,
        queued: 0,
        usage: null,
        turnUsage: null,
        now: null,
        missed: null,
        problem: null,
      },
      ...{ events: [], gap: null, session: null },
      send: (content, options) => this.#requireSession().send(content, options),
      answer: (toolCallId, content) => this.#requireSession().answer(toolCallId, content),
      decide: (decision) => this.#requireSession().decide(decision),
      interrupt: () => this.#requireSession().interrupt(),
      stop: () => this.#requireSession().stop(),
    };
  }

  readonly getSnapshot = (): SessionView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#session) this.#begin();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  };

  #begin(): void {
    const session = this.#lucid.attach(this.#sessionId);
    this.#session = session;
    this.#events = [];
    session.on('event', (event) => {
      this.#events.push(event);
      if (this.#events.length > shownEventsMax) this.#events.shift();
    });
    session.on('gap', (gap) => {
      this.#gap = gap;
      if (gap.reason === 'notRecovered') this.#events = [];
    });
    session.on('state', () => this.#showSoon());
    this.#showSoon();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#session?.detach();
    this.#session = null;
  }

  #showSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.#session) return;
      const [session, events, gap] = [this.#session, [...this.#events], this.#gap];
      this.#view = { ...this.#view, ...session.state.getSnapshot(), session, events, gap };
      for (const listener of this.#listeners) listener();
    }, showIntervalMs);
  }

  #requireSession(): Session {
    if (!this.#session) throw new Error('The component that shows this session is not mounted.');
    return this.#session;
  }
}
