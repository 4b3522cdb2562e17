// The error frame of a failure: what a WebSocket hears where REST answers with problem details.
import { errors, type Failure } from '../error.ts';
import { limits } from '../limits.ts';
import { encodeFrame } from './encode-frame.ts';

/** @param commandId of the command that was refused, where it is known */
export const errorFrameOf = (failure: Failure, commandId?: string): string =>
  encodeFrame({
    type: 'error',
    message: failure.detail,
    code: failure.code,
    retryable: errors[failure.code].retryable,
    ...(commandId !== undefined && { id: commandId }),
    ...(failure.errors && { errors: failure.errors }),
    ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
  });

/** The id of a frame that is refused for something else: its client tells by it which one that was. */
export const readCommandId = (id: unknown): string | undefined =>
  typeof id === 'string' && id.length <= limits.idCharsMax ? id : undefined;
