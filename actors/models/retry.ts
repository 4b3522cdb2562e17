// Asks a provider again where that can help: after a growing wait with jitter, or after as long as the provider asks for.
import { DelegateBackoff, handleWhenResult, type IRetryBackoffContext, retry } from 'cockatiel';
import type { Answer, AnswerOptions, AnswerResult } from './model.ts';
import { type AskFailure, modelErrors, modelRetriesMax, modelRetryWaitMsMax } from './model-errors.ts';

/** A provider that asks for a longer wait isn't asked again: people are told instead. */
export const modelRetryAfterMsMax = 120_000;

/** What one request to a provider came to. */
export type AskResult = { kind: 'answered'; answer: Answer } | { kind: 'cancelled' } | AskFailure;

export type RetryOptions = Pick<AnswerOptions, 'signal' | 'onRetry'> & {
  waitMsMax?: number;
  /** From 0 to below 1. */
  random?: () => number;
};

/** @returns the first answer, or the last failure; `cancelled` at once when the signal says so, whatever still runs */
export async function askWithRetries(ask: () => Promise<AskResult>, options: RetryOptions): Promise<AnswerResult> {
  const { signal, onRetry, waitMsMax = modelRetryWaitMsMax, random = Math.random } = options;
  if (signal.aborted) return cancelled;
  let failure: AskFailure | undefined;
  let retries = 0;
  // cockatiel's timer runs to its end after an abort, too.
  const askOnce = async () => {
    const result = signal.aborted ? cancelled : await ask();
    failure = result.kind === 'failed' ? result : undefined;
    return result;
  };
  const policy = retry(
    handleWhenResult(() => failure !== undefined && isWorthRetry(failure, retries)),
    {
      maxAttempts: modelRetriesMax,
      backoff: new DelegateBackoff(({ attempt }: IRetryBackoffContext<unknown>) =>
        failure ? waitMsOf(failure, attempt, waitMsMax, random()) : 0,
      ),
    },
  ).dangerouslyUnref();
  policy.onRetry(({ delay, attempt }) => {
    retries = attempt;
    if (failure) onRetry?.({ code: failure.code, waitMs: Math.round(delay), attempt });
  });
  return publicResultOf(await waitUnlessAborted(policy.execute(askOnce, signal), signal));
}

const cancelled = { kind: 'cancelled' } as const;

function isWorthRetry(failure: AskFailure, retries: number): boolean {
  if ((failure.retryAfterMs ?? 0) > modelRetryAfterMsMax) return false;
  return retries < modelErrors[failure.code].retriesMax;
}

/**
 * Half of the wait is random, so that sessions that failed together don't come back together.
 * @param attempt 1 for the first retry
 */
export function waitMsOf(failure: AskFailure, attempt: number, waitMsMax: number, random: number): number {
  const { waitMs } = modelErrors[failure.code];
  if (failure.retryAfterMs !== undefined) return failure.retryAfterMs + (random * Math.min(waitMs, waitMsMax)) / 2;
  const longestMs = Math.min(waitMsMax, waitMs * 2 ** (attempt - 1));
  return (longestMs + random * longestMs) / 2;
}

async function waitUnlessAborted(result: Promise<AskResult>, signal: AbortSignal): Promise<AskResult> {
  const aborted = Promise.withResolvers<AskResult>();
  const abort = () => aborted.resolve(cancelled);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([result, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Leaves out what only decides about the next request. */
function publicResultOf(result: AskResult): AnswerResult {
  if (result.kind !== 'failed') return result;
  const { kind, code, message, tooLong } = result;
  return { kind, code, message, ...(tooLong && { tooLong }) };
}
