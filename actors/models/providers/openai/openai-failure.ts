// What the errors of OpenAI mean, and of servers that speak as it does.
import { APIConnectionError, APIError } from 'openai';
import type { ModelErrorCode } from '../../model.ts';
import {
  type AskFailure,
  codeOfStatus,
  makeAskFailure,
  makeKeyRefusal,
  readRetryAfterMs,
  readTooLongFailure,
} from '../../model-errors.ts';

/** An error's fields as servers send them, unchecked: a code may be a word or a status. */
export type ErrorBody = { message?: unknown; type?: unknown; code?: unknown; param?: unknown; metadata?: unknown };

/** By the words of an error's code or type, which also come in the middle of a stream, where there is no status. */
const codes: readonly [RegExp, ModelErrorCode][] = [
  [/insufficient_quota|billing|credit|payment|usage_limit_reached/i, 'quota'],
  [/context_length|context_size|context_window|request_too_large|string_above_max_length/i, 'contextTooLong'],
  [/rate_?limit|too_many_requests|^tokens$|^requests$/i, 'rateLimited'],
  [/invalid_api_key|authentication|permission|unauthorized/i, 'auth'],
  [/overloaded|unavailable|server_?error|timeout|upstream/i, 'overloaded'],
];

const spentAccount = /exceeded your current quota|insufficient (?:credits?|balance|quota)|billing|spend(?:ing)? limit/i;
/** A request that is larger than what a minute allows is refused for ever. */
const tooLargeForMinute = /request too large.*?limit (\d+), requested (\d+)/is;
/** The message of a server that refuses how a model is asked to think, or the names of thoughts. */
const noThinking = /reasoning_effort|reasoning effort|reasoning\.|reasoning summar|thinking/i;
const noThoughts =
  /reasoning_content|reasoning_details|messages\S* ?\.reasoning|encrypted[ _]content|reasoning' was provided/i;
const noCounting = /stream_options|include_usage/i;

type ErrorOrigin = { model: string; status?: number | undefined; headers?: Headers | undefined; nowMs?: number };

/** @throws what is no failure of the server or the network */
export function readOpenAiFailure(error: unknown, model: string, nowMs: number): AskFailure {
  if (error instanceof APIConnectionError) return makeAskFailure('network', findCauseCode(error));
  if (error instanceof APIError) {
    const { status, headers } = error as APIError<number | undefined, Headers | undefined>;
    return readOpenAiError((error.error ?? { message: error.message }) as ErrorBody, { model, status, headers, nowMs });
  }
  if (error instanceof SyntaxError) return makeAskFailure('malformed', 'a chunk that is no JSON');
  // Fetch reports a connection that ends in the middle of a body as a TypeError with a cause.
  if (error instanceof TypeError && error.cause instanceof Error)
    return makeAskFailure('network', findCauseCode(error));
  throw error;
}

export function readOpenAiError(error: ErrorBody, { model, status, headers, nowMs = 0 }: ErrorOrigin): AskFailure {
  const detail = messageOf(error);
  const code = codeOf(error, status, detail);
  const retryAfterMs = readRetryAfterMs(headers, nowMs);
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (code === 'auth') return makeKeyRefusal();
  const [, max, sent] = tooLargeForMinute.exec(detail) ?? [];
  if (max) return makeAskFailure('contextTooLong', detail, { tooLong: { sent: Number(sent), max: Number(max) } });
  if (code === 'rateLimited' || code === 'overloaded') return makeAskFailure(code, detail, retryAfter);
  if (code === 'quota') return makeAskFailure(code, detail);
  const tooLong = readTooLongFailure(detail);
  if (tooLong) return tooLong;
  if (code === 'contextTooLong') return makeAskFailure(code, detail, { tooLong: {} });
  if (status === 404 || error.code === 404 || error.code === 'model_not_found')
    return makeAskFailure('badRequest', `there is no model "${model}" for this API key`);
  return readBadRequest(error, detail);
}

function readBadRequest({ param }: ErrorBody, detail: string): AskFailure {
  if (noThoughts.test(detail)) return makeAskFailure('badRequest', detail, { refusesThoughts: true });
  const refusesThinking = /^reasoning/.test(String(param)) || noThinking.test(detail);
  return makeAskFailure('badRequest', detail, refusesThinking ? { refusesThinking } : {});
}

/** Whether a server takes no request that asks it to count. */
export const refusesCounting = ({ code, message }: AskFailure): boolean =>
  code === 'badRequest' && noCounting.test(message);

/** Words come before the status, which is often too general. */
function codeOf({ code, type }: ErrorBody, status: number | undefined, detail: string): ModelErrorCode {
  const given = status ?? (typeof code === 'number' ? code : undefined);
  if ((given === 429 || given === 403) && spentAccount.test(detail)) return 'quota';
  const words = [code, type].filter((word) => typeof word === 'string');
  for (const [pattern, meaning] of codes) if (words.some((word) => pattern.test(word))) return meaning;
  if (given !== undefined && given >= 400) return codeOfStatus(given);
  return words.some((word) => /invalid_request|bad_?request/i.test(word)) ? 'badRequest' : 'overloaded';
}

/** OpenRouter puts what its own provider said beside its own words. */
function messageOf({ message, metadata }: ErrorBody): string {
  const { raw } = Object(metadata) as { raw?: unknown };
  const said = typeof message === 'string' ? message : message === undefined ? '' : JSON.stringify(message);
  return typeof raw === 'string' && raw !== '' ? `${said}: ${raw}` : said;
}

/** The system's code of a broken connection, such as ECONNRESET. */
function findCauseCode(error: Error): string {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return '';
}
