// Which days are asked for, where a request names both ends, one or none.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';

const dayMs = 86_400_000;
/** Days where a request names none, today included: a month. */
const daysDefault = 30;

/** Days as `2026-02-17`, the last one included. */
export type DayRange = { from: string; to: string };

export function chooseRange(
  asked: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
): Outcome<DayRange> {
  const to = asked.to ?? dayOf(nowMs);
  const from = asked.from ?? dayOf(Math.max(Date.parse(to) - (daysDefault - 1) * dayMs, firstDayMs));
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days < 1) return refuse('from', `must not be after \`to\`, ${to}`);
  if (days > limits.costDaysMax)
    return refuse('from', `must be at most ${limits.costDaysMax - 1} days before \`to\`, ${to}`);
  return succeeded({ from, to });
}

/** A day before it would need a sign. */
const firstDayMs = Date.parse('0001-01-01');

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const refuse = (path: string, message: string) =>
  failed('invalid', 'The days are not a range.', { errors: [{ path, message }] });
