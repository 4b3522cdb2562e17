// Whether looking at a session's files would wake its sandbox. Pure.
import type { SessionState } from '../lucid.ts';

/** So long after its last event a session counts as resting: its sandbox may sleep, and the engine doesn't say. */
const restsAfterMs = 10 * 60_000;

/** @param lastEventAt null where nothing has happened yet */
export const isAtRest = (state: SessionState, lastEventAt: string | null, nowMs: number): boolean =>
  (state === 'idle' || state === 'created') && lastEventAt !== null && nowMs - Date.parse(lastEventAt) > restsAfterMs;
