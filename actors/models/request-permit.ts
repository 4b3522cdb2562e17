// The permit of one request to a provider: asked for by how long the request is, and told what came of it.
import { createHash } from 'node:crypto';
import type { Permit } from '../permits/host-permits.ts';
import { readLimits } from '../permits/read-limits.ts';
import type { AnswerOptions, ContextEntry, ModelRequest, TokenCount } from './model.ts';
import type { AskResult } from './retry.ts';

export type RequestPermit = {
  noteHeaders(headers: Headers): void;
  /** A part of the answer came. */
  noteTaken(): void;
  noteResult(result: AskResult, pauseMsMax: number): void;
  end(): void;
};

/** Whose limits a request counts in, and what the last one used. */
export type RequestOrigin = { name: string; apiKey: string; used: TokenCount };

/** @returns undefined where it was cancelled before the request may be sent */
export async function takeRequestPermit(
  { name, apiKey, used }: RequestOrigin,
  request: ModelRequest,
  { signal, permits, onRateWait }: AnswerOptions,
): Promise<RequestPermit | undefined> {
  if (!permits) return unlimited;
  const tokens = Math.ceil(charsOf(request) / charsPerToken);
  const freshTokens = Math.max(0, tokens - used.cachedTokens - used.cacheWriteTokens);
  let hasWaited = false;
  const permit = await permits.takePermit({
    key: createHash('sha256').update(`${name}\n${apiKey}`).digest('base64url'),
    tokens,
    freshTokens,
    signal,
    onWaits: (waitMs) => {
      hasWaited = true;
      onRateWait?.(waitMs);
    },
  });
  if (hasWaited) onRateWait?.(0);
  return permit && requestPermitOf(permit);
}

const unlimited: RequestPermit = {
  noteHeaders: () => undefined,
  noteTaken: () => undefined,
  noteResult: () => undefined,
  end: () => undefined,
};

function requestPermitOf(permit: Permit): RequestPermit {
  let isTaken = false;
  return {
    noteHeaders: (headers) => {
      const limits = readLimits(headers, Date.now());
      if (Object.keys(limits).length > 0) permit.hear({ kind: 'limits', limits });
    },
    noteTaken: () => {
      if (!isTaken) permit.hear({ kind: 'taken' });
      isTaken = true;
    },
    noteResult: (result, pauseMsMax) => {
      if (result.kind === 'failed' && result.code === 'rateLimited')
        permit.hear({ kind: 'refused', retryAfterMs: result.retryAfterMs, pauseMsMax });
    },
    end: () => permit.end(),
  };
}

/** An average of English and code. */
const charsPerToken = 3.5;

/** The characters of all texts; what else is in a request is little. */
function charsOf({ system, context, tools }: ModelRequest): number {
  const ofTools = tools.reduce(
    (sum, { description, inputSchema }) => sum + description.length + 2 * charsOfInput(inputSchema),
    0,
  );
  return context.reduce((sum, entry) => sum + charsOfEntry(entry), system.length + ofTools);
}

function charsOfEntry(entry: ContextEntry): number {
  if (entry.kind !== 'answer') return entry.text.length;
  const thoughts = entry.thoughts.reduce((sum, { text }) => sum + text.length, 0);
  const calls = entry.calls.map(({ call, observation }) => charsOfInput(call.input) + observation.text.length);
  return calls.reduce((sum, chars) => sum + chars, entry.text.length + thoughts);
}

const charsOfInput = (input: unknown): number => JSON.stringify(input)?.length ?? 0;
