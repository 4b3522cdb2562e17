// What a load test asks of the mock agent: a number of events, as fast as they are stored or some at a time. Pure.

/** `everyMs`: how long until the next `atOnce` events. */
export type Emission = { events: number; atOnce: number; everyMs: number };

const emissionPattern = /^Emit (\d{1,6}) events(?:, (\d{1,2}) every (\d{1,5}) ms)?$/;
const thoughtPattern = /^Thought (\d+) of /;
/** Thoughts in one answer of an agent that doesn't pause: about as many as calls in a model's answer. */
const unpausedAtOnce = 50;

/** A message such as "Emit 1000 events" or "Emit 1000 events, 2 every 20 ms"; undefined where it asks for something else. */
export function parseEmission(message: string): Emission | undefined {
  const found = emissionPattern.exec(message);
  if (!found) return undefined;
  const [, events, atOnce, everyMs = 0] = found;
  return { events: Number(events), atOnce: Math.max(1, Number(atOnce ?? unpausedAtOnce)), everyMs: Number(everyMs) };
}

/**
 * The thoughts of the next answer, all different: an agent that repeats itself is stopped.
 * @param before how many were emitted already
 * @returns nothing once all have been emitted
 */
export function writeThoughts({ events, atOnce }: Emission, before: number): string[] {
  const count = Math.max(0, Math.min(atOnce, events - before));
  return Array.from(
    { length: count },
    (_, at) => `Thought ${before + at + 1} of ${events} that a load test asked for.`,
  );
}

/** How many were emitted by the answer whose last thought this is: of a long turn only the latest answers are kept. */
export const countEmitted = (thought: string): number => Number(thoughtPattern.exec(thought)?.[1] ?? 0);
