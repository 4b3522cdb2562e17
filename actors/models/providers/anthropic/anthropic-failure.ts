// What Anthropic's errors mean.
import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import type { ModelErrorCode } from '../../model.ts';
import {
  type AskFailure,
  codeOfStatus,
  makeAskFailure,
  makeKeyRefusal,
  readRetryAfterMs,
  readTooLongFailure,
} from '../../model-errors.ts';
import { parseAnswerTokensMax } from '../../too-long.ts';

/** By the error's type, which also comes in the middle of a stream, where there is no status. */
const codes: Record<string, ModelErrorCode> = {
  authentication_error: 'auth',
  permission_error: 'auth',
  billing_error: 'quota',
  rate_limit_error: 'rateLimited',
  overloaded_error: 'overloaded',
  api_error: 'overloaded',
  timeout_error: 'overloaded',
  invalid_request_error: 'badRequest',
  not_found_error: 'badRequest',
  request_too_large: 'contextTooLong',
};

/** Only the message tells these apart. */
const spentAccount = /credit balance|spend limit|usage limits?|billing/i;
const staleThought = /(?:signature|modified|bound to)[^.]*thinking|thinking[^.]*(?:signature|modified|bound to)/i;
/** The message of a model or gateway that refuses how it is asked to think, or the lack of thoughts. */
const noThinking = /thinking|budget_tokens|output_config|\beffort\b/i;

/** @throws what is no failure of the provider or the network */
export function readAnthropicFailure(error: unknown, model: string, nowMs: number): AskFailure {
  if (error instanceof APIConnectionError) return makeAskFailure('network', findCauseCode(error));
  if (error instanceof APIError) return readRefusal(error, model, nowMs);
  if (error instanceof SyntaxError) return makeAskFailure('malformed', 'an event that is no JSON');
  // Fetch reports a connection that ends in the middle of a body as a TypeError with a cause.
  if (error instanceof TypeError && error.cause instanceof Error)
    return makeAskFailure('network', findCauseCode(error));
  throw error;
}

function readRefusal(error: APIError, model: string, nowMs: number): AskFailure {
  const detail = error.apiMessage ?? '';
  const retryAfterMs = readRetryAfterMs(error.headers, nowMs);
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfterMs };
  const code = codes[error.type ?? ''] ?? codeOfStatus(error.status ?? 500);
  const isLimited = error.errorCode?.includes('spend_limit') === true;
  if (code === 'rateLimited')
    return isLimited ? makeAskFailure('quota', detail) : makeAskFailure(code, detail, retryAfter);
  if (code === 'overloaded') return makeAskFailure(code, detail, retryAfter);
  if (isLimited || spentAccount.test(detail)) return makeAskFailure('quota', detail);
  if (code === 'auth') return makeKeyRefusal();
  if (error.status === 404 || error.type === 'not_found_error')
    return makeAskFailure('badRequest', `there is no model "${model}" for this API key`);
  const answerTokensMax = parseAnswerTokensMax(detail);
  if (answerTokensMax !== undefined) return makeAskFailure(code, detail, { answerTokensMax });
  const tooLong = readTooLongFailure(detail);
  if (tooLong) return tooLong;
  if (staleThought.test(detail)) return makeAskFailure(code, detail, { refusesThoughts: true });
  return makeAskFailure(code, detail, noThinking.test(detail) ? { refusesThinking: true } : {});
}

/** The system's code of a broken connection, such as ECONNRESET. */
function findCauseCode(error: Error): string {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return '';
}
