// The body of every REST error: a problem of RFC 9457, with the code that programs look at.
import * as v from 'valibot';
import { errorCodes, errors, type Failure } from '../error.ts';
import { inputErrors } from './answer-fields.ts';

export const Problem = v.strictObject({
  type: v.pipe(v.string(), v.description('`urn:lucid:error:` and the code')),
  title: v.pipe(v.string(), v.description('What the code means, the same for all with this code')),
  status: v.pipe(v.number(), v.integer(), v.description('The HTTP status')),
  detail: v.pipe(v.string(), v.description('What went wrong this time, in a sentence for people')),
  code: v.pipe(v.picklist(errorCodes), v.description('What went wrong, for programs')),
  errors: v.exactOptional(v.pipe(inputErrors, v.description('What was wrong with which part of the input'))),
  retryAfterMs: v.exactOptional(
    v.pipe(v.number(), v.description('When to try again, in milliseconds; `Retry-After` says it in seconds')),
  ),
});
export type Problem = v.InferOutput<typeof Problem>;

export const problemOf = (failure: Failure): Problem => ({
  type: `urn:lucid:error:${failure.code}`,
  title: errors[failure.code].title,
  status: errors[failure.code].status,
  detail: failure.detail,
  code: failure.code,
  ...(failure.errors && { errors: failure.errors }),
  ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
});
