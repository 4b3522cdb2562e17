// Reads what is left of a provider's limits from the headers of its answers, as Anthropic and OpenAI write them. Pure.
import type { LimitKind, LimitReading, LimitReadings } from '../../schema/permits.ts';

/** A limit that takes longer to fill is one of a day: nobody waits for it, and the provider itself says when it is reached. */
const fullInMsMax = 300_000;
/** Where a provider names no time: limits are of a minute. */
const usualFullInMs = 60_000;

type Names = { limit: string; remaining: string; reset: string };

const anthropicNames = (what: string): Names => ({
  limit: `anthropic-ratelimit-${what}-limit`,
  remaining: `anthropic-ratelimit-${what}-remaining`,
  reset: `anthropic-ratelimit-${what}-reset`,
});
const openAiNames = (what: string): Names => ({
  limit: `x-ratelimit-limit-${what}`,
  remaining: `x-ratelimit-remaining-${what}`,
  reset: `x-ratelimit-reset-${what}`,
});

/** Anthropic's limits of tokens leave out what is read from its cache; OpenAI's don't. */
const namesByKind: readonly [LimitKind, Names][] = [
  ['requests', anthropicNames('requests')],
  ['freshTokens', anthropicNames('input-tokens')],
  ['outputTokens', anthropicNames('output-tokens')],
  ['requests', openAiNames('requests')],
  ['tokens', openAiNames('tokens')],
];

export function readLimits(headers: Headers, nowMs: number): LimitReadings {
  const readings: LimitReadings = {};
  for (const [kind, names] of namesByKind) {
    const reading = readLimit(headers, names, nowMs);
    if (reading) readings[kind] = reading;
  }
  return readings;
}

function readLimit(headers: Headers, { limit, remaining, reset }: Names, nowMs: number): LimitReading | undefined {
  const counts = [parseCount(headers.get(limit)), parseCount(headers.get(remaining))] as const;
  if (counts[0] === undefined || counts[1] === undefined || counts[0] <= 0) return undefined;
  const fullInMs = parseReset(headers.get(reset), nowMs) ?? usualFullInMs;
  return fullInMs > fullInMsMax ? undefined : { limit: counts[0], remaining: counts[1], fullInMs };
}

const parseCount = (text: string | null): number | undefined =>
  text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;

const unitsMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A date, or a duration such as `6m0s`, `1.5s` or `20ms`; a bare number is seconds. */
function parseReset(text: string | null, nowMs: number): number | undefined {
  const given = text?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(given)) return Number(given) * 1_000;
  if (/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(given)) {
    const parts = given.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g);
    return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitsMs[unit ?? ''] ?? 0), 0);
  }
  const atMs = Date.parse(given);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
