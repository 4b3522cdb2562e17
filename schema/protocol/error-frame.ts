// The error frame of a failure, where REST answers with problem details.
import * as v from 'valibot';
import { errors, type Failure } from '../error.ts';
import { encodeFrame } from './encode-frame.ts';
import { commandId } from './fields.ts';

/** @param id of the command that was refused, where it is known */
export const errorFrameOf = (failure: Failure, id?: string): string =>
  encodeFrame({
    type: 'error',
    message: failure.detail,
    code: failure.code,
    retryable: errors[failure.code].retryable,
    ...(id !== undefined && { id }),
    ...(failure.errors && { errors: failure.errors }),
    ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
  });

/** The id of a frame that is refused for another reason, by which its client knows the frame. */
export function readCommandId(id: unknown): string | undefined {
  const parsed = v.safeParse(commandId, id);
  return parsed.success ? parsed.output : undefined;
}
