// Listens to a session's transient frames, and tells React of them once for each frame of the screen at most.
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Session } from '../../lucid.ts';
import { hearEvent, hearTransient, type Live, nothingLive } from './live.ts';

export class LiveStore {
  readonly #listeners = new Set<() => void>();
  #live: Live = nothingLive;
  #shown: Live = nothingLive;
  #frame = 0;

  /** @returns what ends the listening */
  follow(session: Session): () => void {
    let wasOpen = true;
    const stops = [
      session.on('transient', (frame) => this.#change(hearTransient(this.#live, frame))),
      session.on('event', (event) => this.#change(hearEvent(this.#live, event))),
      session.on('state', ({ connection }) => {
        if (wasOpen && connection !== 'open') this.#change(nothingLive); // What is missed now would tear it.
        wasOpen = connection === 'open';
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      this.#change(nothingLive);
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): Live => this.#shown;

  #change(live: Live): void {
    if (live === this.#live) return;
    this.#live = live;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#shown = this.#live;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

/** @param session null where nothing happens, as in a replay */
export function useLiveStore(session: Session | null): LiveStore {
  const store = useMemo(() => new LiveStore(), []);
  useEffect(() => (session ? store.follow(session) : undefined), [store, session]);
  return store;
}

/** @param select gives the same value while nothing of it has changed */
export const useLive = <Value>(store: LiveStore, select: (live: Live) => Value): Value =>
  useSyncExternalStore(store.subscribe, () => select(store.getSnapshot()));
