// What Google's errors mean.
import {
  GoogleGenerativeAIAbortError,
  GoogleGenerativeAIError,
  GoogleGenerativeAIFetchError,
} from '@google/generative-ai';
import * as v from 'valibot';
import {
  type AskFailure,
  codeOfStatus,
  makeAskFailure,
  makeKeyRefusal,
  readTooLongFailure,
} from '../../model-errors.ts';

/** Details of an error (google.rpc): what kind it is, and when to come back, as `34s`. */
const Detail = v.object({
  reason: v.optional(v.string()),
  retryDelay: v.optional(v.string()),
  violations: v.optional(v.array(v.object({ quotaId: v.optional(v.string(), '') })), []),
});

const staleSignature = /thought.?signature/i;
/** The message of a model or gateway that refuses how it is asked to think. */
const noThinking = /thinking|include_?thoughts/i;

/** @throws what is no failure of the provider or the network */
export function readGoogleFailure(error: unknown, model: string): AskFailure {
  if (error instanceof GoogleGenerativeAIFetchError && error.status !== undefined)
    return readGoogleStatus(error.status, googleMessageOf(error.message), error.errorDetails ?? [], model);
  if (error instanceof GoogleGenerativeAIAbortError) return makeAskFailure('network', 'the request was ended');
  if (error instanceof GoogleGenerativeAIError && error.message.includes('Error parsing JSON'))
    return makeAskFailure('malformed', 'a chunk that is no JSON');
  if (error instanceof GoogleGenerativeAIError) return makeAskFailure('network');
  throw error;
}

/** @param details as the provider gives them, unchecked */
export function readGoogleStatus(status: number, said: string, details: readonly unknown[], model: string): AskFailure {
  const known = details.flatMap((detail) => {
    const parsed = v.safeParse(Detail, detail);
    return parsed.success ? [parsed.output] : [];
  });
  // Google answers a wrong key with 400.
  if (known.some(({ reason }) => reason === 'API_KEY_INVALID')) return makeKeyRefusal();
  const code = codeOfStatus(status);
  if (code === 'auth') return makeKeyRefusal();
  if (code === 'rateLimited') return readLimit(said, known);
  if (status === 404) return makeAskFailure('badRequest', `there is no model "${model}" for this API key`);
  const tooLong = status === 400 || status === 413 ? readTooLongFailure(said) : undefined;
  if (tooLong) return tooLong;
  if (status !== 400) return makeAskFailure(code, said);
  if (staleSignature.test(said)) return makeAskFailure(code, said, { refusesThoughts: true });
  return makeAskFailure(code, said, noThinking.test(said) ? { refusesThinking: true } : {});
}

/** A limit of a minute passes while somebody waits; one of a day doesn't. */
function readLimit(said: string, details: readonly v.InferOutput<typeof Detail>[]): AskFailure {
  const isOfDay = details.some(({ violations }) => violations.some(({ quotaId }) => quotaId.includes('PerDay')));
  if (isOfDay) return makeAskFailure('quota', said);
  const delays = details.flatMap(({ retryDelay }) => /^(\d+(?:\.\d+)?)s$/.exec(retryDelay ?? '')?.[1] ?? []);
  const [seconds] = delays;
  return makeAskFailure('rateLimited', said, seconds === undefined ? {} : { retryAfterMs: Number(seconds) * 1_000 });
}

/** The SDK puts the address before what the provider said, and the details behind it as JSON. */
const googleMessageOf = (message: string): string =>
  /\[\d{3} [^\]]*\] (.*)$/s.exec(message)?.[1]?.replace(/ \[(?:\{.*|\])$/s, '') ?? '';
