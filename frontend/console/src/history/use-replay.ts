// A replay in the browser's time: when the next event is due it is shown.
import { useEffect, useMemo, useReducer, useState } from 'react';
import {
  advance,
  beginReplay,
  findNextDelayMs,
  findTurn,
  makeSchedule,
  pause,
  play,
  type Replay,
  reschedule,
  type Speed,
  seek,
  setSpeed,
  speeds,
} from './replay-clock.ts';

/** Events that come together are shown together: a frame of the screen. */
const frameMs = 16;

export type ReplayControls = {
  shown: number;
  total: number;
  isPlaying: boolean;
  speed: Speed;
  isRealTime: boolean;
  toggle(): void;
  /** Shows so many events. */
  seek(shown: number): void;
  step(step: 1 | -1): void;
  jump(step: 1 | -1): void;
  setSpeed(speed: Speed): void;
  /** To the next one that there is. */
  changeSpeed(step: 1 | -1): void;
  setRealTime(isRealTime: boolean): void;
};

/**
 * @param timesMs when each event was
 * @param turns with how many events each turn begins
 * @param isWhole whether these are all events
 */
export function useReplay(timesMs: readonly number[], turns: readonly number[], isWhole: boolean): ReplayControls {
  const [isRealTime, setRealTime] = useState(false);
  const [replay, setReplay] = useState<Replay>(beginReplay);
  const schedule = useMemo(() => makeSchedule(timesMs, isRealTime), [timesMs, isRealTime]);
  const [ticks, tick] = useReducer((count: number) => count + 1, 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each tick sets the timer for the next.
  useEffect(() => {
    const delayMs =
      findNextDelayMs(replay, schedule, performance.now()) ?? (isWhole && replay.sinceMs !== null ? 0 : null);
    if (delayMs === null) return undefined;
    const timer = setTimeout(
      () => {
        setReplay((now) => advance(now, schedule, isWhole, performance.now()));
        tick();
      },
      Math.max(delayMs, frameMs),
    );
    return () => clearTimeout(timer);
  }, [replay, schedule, isWhole, ticks]);
  const seekTo = (shown: number) => setReplay((now) => seek(now, schedule, shown, performance.now()));
  const changeTo = (speed: Speed | undefined) => {
    if (speed !== undefined) setReplay((now) => setSpeed(now, speed, performance.now()));
  };
  const shown = Math.max(replay.shown, Math.min(1, timesMs.length));
  return {
    ...{ shown, total: timesMs.length, isPlaying: replay.sinceMs !== null, speed: replay.speed, isRealTime },
    toggle: () => setReplay((now) => (now.sinceMs === null ? play(now, schedule, performance.now()) : pause(now))),
    seek: seekTo,
    step: (step) => seekTo(shown + step),
    jump: (step) => seekTo(findTurn(turns, shown, step) ?? (step === 1 ? timesMs.length : 1)),
    setSpeed: changeTo,
    changeSpeed: (step) => changeTo(speeds[speeds.indexOf(replay.speed) + step]),
    setRealTime: (isReal) => {
      setRealTime(isReal);
      setReplay((now) => reschedule(now, makeSchedule(timesMs, isReal), performance.now()));
    },
  };
}
