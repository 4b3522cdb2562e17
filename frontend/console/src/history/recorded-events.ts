// What a replay reads of recorded events: when each was, and where turns begin and end.
import type { SessionEvent } from '../lucid.ts';

/** An event without a time, which there shouldn't be, is as old as the one before. */
export function listTimes(events: readonly SessionEvent[]): number[] {
  let lastMs = 0;
  return events.map(({ timestamp }) => {
    const timeMs = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
    lastMs = Number.isNaN(timeMs) ? lastMs : timeMs;
    return lastMs;
  });
}

/** @returns for each message that begins a turn how many events there are with it */
export function listTurns(events: readonly SessionEvent[]): number[] {
  return events.flatMap((event, at) => {
    const isMessage = event.type === 'ack' && (event.eventType === 'InitialTask' || event.eventType === 'UserMessage');
    return isMessage ? [at + 1] : [];
  });
}

/** Whether a turn went on after these events. */
export function isTurnOpen(events: readonly SessionEvent[]): boolean {
  const last = events.at(-1);
  if (last === undefined || last.type === 'error') return false;
  return last.type !== 'status' || (last.status !== 'completed' && last.status !== 'stopped');
}
