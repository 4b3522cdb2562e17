// How far a run is: which scenario, where in it, and about how long it still takes.
import { sum } from './statistics.ts';

export type Course = {
  /** All scenarios of the run, in order; those before `at` are done. */
  names: readonly string[];
  at: number;
  /** How long each finished scenario took. */
  elapsedMs: Readonly<Record<string, number>>;
  /** How long the running scenario has run. */
  runningMs: number;
  /** How long each took in an earlier run, where it is known. */
  earlierMs: Readonly<Record<string, number>>;
};

/**
 * The times of an earlier run, scaled by this one's pace so far; a scenario that no earlier run had counts as the average of
 * the finished ones.
 * @returns undefined while nothing is known to estimate from
 */
export function estimateTimeLeftMs({ names, at, elapsedMs, runningMs, earlierMs }: Course): number | undefined {
  const done = names.slice(0, at);
  const known = done.filter((name) => name in earlierMs);
  const took = sum(known.map((name) => elapsedMs[name] ?? 0));
  const expected = sum(known.map((name) => earlierMs[name] ?? 0));
  const pace = took > 0 && expected > 0 ? took / expected : 1;
  const meanMs = done.length > 0 ? sum(done.map((name) => elapsedMs[name] ?? 0)) / done.length : undefined;
  const left = names.slice(at).map((name) => {
    const earlier = earlierMs[name];
    return earlier === undefined ? meanMs : earlier * pace;
  });
  if (left.includes(undefined)) return undefined;
  const [running = 0, ...others] = left as number[];
  return Math.max(0, running - runningMs) + sum(others);
}

export function formatProgress(course: Course, said: string): string {
  const leftMs = estimateTimeLeftMs(course);
  const left = leftMs === undefined ? '' : `, ${formatDuration(leftMs)} left`;
  return `[${course.at + 1} of ${course.names.length}${left}] ${course.names[course.at]}: ${said}`;
}

/** Rounded up, since an estimate is no promise. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.ceil(durationMs / 10_000) * 10;
  return seconds < 60 ? `about ${seconds} s` : `about ${Math.ceil(seconds / 60)} min`;
}
