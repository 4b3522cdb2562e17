// What goes wrong, as one kind of error: a code for programs, a sentence for people, and whether to try again.
import { type ErrorKind, errors } from '../../schema/error.ts';
import type { ErrorCode, Problem } from './protocol.ts';
import type { ErrorFrame } from './session/frames.ts';

/** What the client itself finds, beside the engine's catalogue; and whether it may be otherwise the next time. */
const ownCodes = {
  networkFailed: true,
  timedOut: true,
  connectionLost: true,
  nothingHeard: true,
  noToken: true,
  badAnswer: false,
  noWebSocket: false,
  queueFull: false,
  detached: false,
} as const;

export type LucidErrorCode = ErrorCode | keyof typeof ownCodes;

export type LucidErrorDetails = {
  retryable?: boolean | undefined;
  /** When it is worth trying again, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** The HTTP status, where it was an answer over REST. */
  status?: number | undefined;
  /** What was wrong with which part of the input. */
  errors?: Problem['errors'] | undefined;
  /** With this key the same request can be made again, and is still one. */
  idempotencyKey?: string | undefined;
  cause?: unknown;
};

export class LucidError extends Error {
  override readonly name = 'LucidError';
  readonly code: LucidErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly errors: Problem['errors'];
  readonly idempotencyKey: string | undefined;

  constructor(code: LucidErrorCode, message: string, details: LucidErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? isRetryable(code);
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
    this.errors = details.errors;
    this.idempotencyKey = details.idempotencyKey;
  }
}

/** A code that only a later engine knows isn't tried again. */
function isRetryable(code: LucidErrorCode): boolean {
  if (code in ownCodes) return ownCodes[code as keyof typeof ownCodes];
  return (errors as Record<string, ErrorKind>)[code]?.retryable ?? false;
}

/** The error that a frame of the engine tells of. */
export function errorOfFrame({ code, message, ...more }: ErrorFrame): LucidError {
  return new LucidError(code ?? 'internal', message, more);
}

/** Whatever was thrown, as a sentence: of what `fetch` throws the cause, which says more, or its code where several addresses failed. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { message, code } = Object(thrown.cause) as { message?: unknown; code?: unknown };
  return [message, code].find((said) => typeof said === 'string' && said !== '')?.toString() ?? thrown.message;
}
