// What a closed connection means: the session has ended, come back, come back with another token, or give up.
import { errors } from '../../../schema/error.ts';
import { listCloseCodes } from '../../../schema/protocol/close-codes.ts';
import { errorOfFrame, LucidError } from '../lucid-error.ts';
import type { ErrorFrame } from './frames.ts';

/** How a connection has ended. */
export type Closing = {
  /** 1006 where nobody has said why. */
  code: number;
  /** What the engine said last that concerned no single command. */
  refusal?: ErrorFrame | undefined;
  /** Whether it was open at all. */
  wasOpen: boolean;
  /** What the client itself has found. */
  error?: LucidError | undefined;
};

export type Meaning = { kind: 'ended' } | { kind: 'comeBack' | 'renewToken' | 'giveUp'; error: LucidError };

const normalClose = 1000;
const closeCodes = new Map(listCloseCodes().map((closeCode) => [closeCode.code, closeCode]));

/** @param url of the WebSocket, for the sentence */
export function readClosing({ code, refusal, wasOpen, error: found }: Closing, url: string): Meaning {
  if (code === normalClose && !found) return { kind: 'ended' };
  const error = found ?? (refusal ? errorOfFrame(refusal) : describeLoss(code, wasOpen, url));
  if (code === errors.notAuthenticated.close) return { kind: 'renewToken', error };
  const comesBack = found ? found.retryable : (closeCodes.get(code)?.comeBack ?? true);
  return { kind: comesBack ? 'comeBack' : 'giveUp', error };
}

function describeLoss(code: number, wasOpen: boolean, url: string): LucidError {
  const known = closeCodes.get(code)?.errors[0];
  if (known) return new LucidError(known, `${errors[known].title}.`);
  if (wasOpen) return new LucidError('connectionLost', `The connection to ${url} was lost (${code}).`);
  return new LucidError('connectionLost', `No WebSocket could be opened at ${url}.`);
}
