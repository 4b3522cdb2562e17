// The failures of requests to a provider: what people are told, and whether asking again helps.
import { cleanText, cutText } from '../../schema/rules/text.ts';
import type { ModelErrorCode, ModelFailure } from './model.ts';
import { parseTooLong } from './too-long.ts';

/** How often a provider that is overloaded or limits requests is asked again: about two minutes in all. */
export const modelRetriesMax = 6;
/** The shortest pause before a provider is asked again. */
const modelRetryWaitMsMin = 1_000;
/** The longest pause, unless the provider asks for a longer one. */
export const modelRetryWaitMsMax = 60_000;
/** What a provider says about a failure, as far as people are shown it. */
export const modelErrorCharsMax = 300;

export type ModelErrorKind = {
  /** For people. */
  sentence: string;
  /** How often the provider is asked again. */
  retriesMax: number;
  /** Before the first time; it doubles each time, with jitter, up to `modelRetryWaitMsMax`. */
  waitMs: number;
};

export const modelErrors = {
  /** The key is wrong, or may not do this. */
  auth: { sentence: 'The model provider refused the API key.', retriesMax: 0, waitMs: 0 },
  /** The account behind the key has run out: of money, or of what it may use today. */
  quota: { sentence: "The API key's account has no credit or quota left.", retriesMax: 0, waitMs: 0 },
  /** Too many requests or tokens at once; it passes. */
  rateLimited: {
    sentence: 'The model provider limits how much this API key may ask for at once.',
    retriesMax: modelRetriesMax,
    waitMs: 2 * modelRetryWaitMsMin,
  },
  /** A fault of the provider; it passes. */
  overloaded: {
    sentence: 'The model provider is overloaded or has a fault of its own.',
    retriesMax: modelRetriesMax,
    waitMs: modelRetryWaitMsMin,
  },
  /** Asking the same again can't help; with less of the conversation it can. */
  contextTooLong: { sentence: 'The conversation is longer than the model can read.', retriesMax: 0, waitMs: 0 },
  /** A model that doesn't exist, or a bug of the engine. */
  badRequest: { sentence: 'The model provider did not accept the request.', retriesMax: 0, waitMs: 0 },
  /** No connection, or one that broke. */
  network: {
    sentence: 'The connection to the model provider failed.',
    retriesMax: 4,
    waitMs: modelRetryWaitMsMin,
  },
  /** Nothing comes on the connection. Each try costs minutes, and the tokens that the model has read. */
  silent: { sentence: 'The model stopped answering.', retriesMax: 1, waitMs: modelRetryWaitMsMin },
  /** An answer of the wrong form, or without end. A model writes another one each time. */
  malformed: {
    sentence: 'The model gave an answer that makes no sense.',
    retriesMax: 2,
    waitMs: modelRetryWaitMsMin,
  },
} as const satisfies Record<ModelErrorCode, ModelErrorKind>;

/** A failure of one request, with what decides about the next one. */
export type AskFailure = ModelFailure & {
  /** How long the provider asks to wait. */
  retryAfterMs?: number;
  /** The provider doesn't take its own thoughts back; without them it may accept the same request. */
  refusesThoughts?: true;
  /** The provider takes nothing that asks the model to think; without it it may accept the same request. */
  refusesThinking?: true;
  /** How many tokens of an answer may be asked for, where it was more. */
  answerTokensMax?: number;
};

/** @param detail what the provider said, or what happened; people see it cleaned and cut */
export function makeAskFailure(
  code: ModelErrorCode,
  detail = '',
  more: Pick<AskFailure, 'retryAfterMs' | 'refusesThoughts' | 'refusesThinking' | 'tooLong' | 'answerTokensMax'> = {},
): AskFailure {
  const { sentence } = modelErrors[code];
  const shown = shortenDetail(detail);
  return { kind: 'failed', code, message: shown === '' ? sentence : `${sentence} (${shown})`, ...more };
}

/** Leaves the provider's message out: it may describe the key or its owner. */
export const makeKeyRefusal = (): AskFailure => makeAskFailure('auth');

/** For a key that no header can carry, so that nobody was asked. */
export const makeUnusableKeyFailure = (): AskFailure => ({
  kind: 'failed',
  code: 'auth',
  message: 'The API key has a character that no key has, such as a space or a line break inside; nobody was asked.',
});

/** @returns undefined where the provider said something else */
export function readTooLongFailure(said: string): AskFailure | undefined {
  const tooLong = parseTooLong(said);
  return tooLong && makeAskFailure('contextTooLong', said, { tooLong });
}

/** By the status alone, as both providers use them. */
export function codeOfStatus(status: number): ModelErrorCode {
  if (status === 401 || status === 403) return 'auth';
  if (status === 402) return 'quota';
  if (status === 413) return 'contextTooLong';
  if (status === 429) return 'rateLimited';
  if (status === 408 || status === 409 || status >= 500) return 'overloaded';
  return 'badRequest';
}

/** Where requests carry keys, so that no message shows one that it quotes. */
const keyPlaces = /\bBearer\s+\S+|\bkey=[^&\s]+/gi;

/** One bounded line without keys. A page of HTML, as proxies send, says nothing to people. */
function shortenDetail(detail: string): string {
  if (/<(?:!doctype|html|head|body)\b/i.test(detail)) return '';
  const line = cutText(detail, 4 * modelErrorCharsMax)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return cleanText(cutText(line.replaceAll(keyPlaces, '[key]'), modelErrorCharsMax));
}

/** No key is shorter; a shorter text is also part of ordinary words. */
const keyCharsMin = 8;

export const removeKey = (message: string, key: string): string =>
  key.length < keyCharsMin ? message : message.replaceAll(key, '[key]');

/** Removes all that begins as keys do: a server may quote a key that the engine doesn't know. */
export function hideKeys(message: string, prefixes: readonly string[]): string {
  if (prefixes.length === 0) return message;
  const beginnings = prefixes.map(RegExp.escape).join('|');
  return message.replaceAll(new RegExp(`\\b(?:${beginnings})[\\w.-]{6,}`, 'gi'), '[key]');
}

/** Reads `retry-after-ms`, and `Retry-After` in seconds or as a date. */
export function readRetryAfterMs(headers: Headers | undefined, nowMs: number): number | undefined {
  const ms = parseNumber(headers?.get('retry-after-ms'));
  if (ms !== undefined) return ms;
  const text = headers?.get('retry-after');
  const seconds = parseNumber(text);
  if (seconds !== undefined) return seconds * 1_000;
  const atMs = Date.parse(text ?? '');
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function parseNumber(text: string | null | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}
