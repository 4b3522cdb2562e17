// The clock of a replay: which event is shown when. Time is given to it, so that it is the same in tests.

/** Pauses that are longer than this are shortened to it, unless one wants the time that it took. */
const pauseMaxMs = 2_000;

export const speeds = [0.5, 1, 2, 4, 8, 16, 32, 64] as const;
export type Speed = (typeof speeds)[number];

/** When each event is shown, in milliseconds after the first one at speed 1; never falling. */
export type Schedule = readonly number[];

/** @param isRealTime whether pauses stay as long as they were */
export function makeSchedule(timesMs: readonly number[], isRealTime: boolean): Schedule {
  const longestMs = isRealTime ? Number.POSITIVE_INFINITY : pauseMaxMs;
  let atMs = 0;
  return timesMs.map((timeMs, at) => {
    const pauseMs = timeMs - (timesMs[at - 1] ?? timeMs);
    atMs += Math.min(Math.max(pauseMs, 0), longestMs); // Clocks of engines may go back.
    return atMs;
  });
}

/**
 * Where a replay stands: how many events are shown, and while it plays since when it goes on from where.
 * `sinceMs`: the time at which it was at `fromMs` of the schedule; null while it is paused.
 */
export type Replay = { shown: number; speed: Speed; fromMs: number; sinceMs: number | null };

export const beginReplay: Replay = { shown: 0, speed: 1, fromMs: 0, sinceMs: null };

/** Plays on from the shown event; after the last one from the beginning. */
export function play(replay: Replay, schedule: Schedule, nowMs: number): Replay {
  const shown = replay.shown >= schedule.length ? Math.min(1, schedule.length) : replay.shown;
  return { ...replay, shown, fromMs: timeOf(schedule, shown), sinceMs: nowMs };
}

export const pause = (replay: Replay): Replay => ({ ...replay, sinceMs: null });

/** Shows so many events, and goes on from there where it played. */
export function seek(replay: Replay, schedule: Schedule, shown: number, nowMs: number): Replay {
  const within = Math.min(Math.max(shown, Math.min(1, schedule.length)), schedule.length);
  return {
    ...replay,
    shown: within,
    fromMs: timeOf(schedule, within),
    sinceMs: replay.sinceMs === null ? null : nowMs,
  };
}

/** @param speed counts from now on, so that what is shown doesn't jump */
export function setSpeed(replay: Replay, speed: Speed, nowMs: number): Replay {
  if (replay.sinceMs === null) return { ...replay, speed };
  return { ...replay, speed, fromMs: placeOf(replay, nowMs), sinceMs: nowMs };
}

/** With another schedule, the same event is shown. */
export const reschedule = (replay: Replay, schedule: Schedule, nowMs: number): Replay =>
  seek(replay, schedule, replay.shown, nowMs);

/**
 * What is shown by now. At the last event that is there it pauses, unless more are being read: then it waits.
 * @param isWhole whether the schedule has all events
 */
export function advance(replay: Replay, schedule: Schedule, isWhole: boolean, nowMs: number): Replay {
  if (replay.sinceMs === null) return replay;
  const shown = Math.max(replay.shown, countUntil(schedule, placeOf(replay, nowMs)));
  if (shown < schedule.length) return shown === replay.shown ? replay : { ...replay, shown };
  const ended = { ...replay, shown, fromMs: timeOf(schedule, shown) };
  return { ...ended, sinceMs: isWhole ? null : nowMs };
}

/** @returns in how many milliseconds the next event is due; undefined while none will be */
export function findNextDelayMs(replay: Replay, schedule: Schedule, nowMs: number): number | undefined {
  const nextMs = schedule[replay.shown];
  if (replay.sinceMs === null || nextMs === undefined) return undefined;
  return Math.max(0, (nextMs - placeOf(replay, nowMs)) / replay.speed);
}

/** Where in the schedule the replay is. */
const placeOf = ({ fromMs, sinceMs, speed }: Replay, nowMs: number): number =>
  sinceMs === null ? fromMs : fromMs + (nowMs - sinceMs) * speed;

/** @returns how many events the turn begins with, or the one before or after; undefined where there is none */
export function findTurn(turns: readonly number[], shown: number, step: 1 | -1): number | undefined {
  return step === 1 ? turns.find((turn) => turn > shown) : turns.findLast((turn) => turn < shown);
}

const timeOf = (schedule: Schedule, shown: number): number => schedule[Math.max(0, shown - 1)] ?? 0;

/** How many events are due at that place: the schedule never falls. */
function countUntil(schedule: Schedule, placeMs: number): number {
  let [low, high] = [0, schedule.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((schedule[middle] ?? 0) <= placeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
