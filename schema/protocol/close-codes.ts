// What a WebSocket is closed with, and whether a client should come back: read off the catalogue of errors.
import { type ErrorCode, type ErrorKind, errors } from '../error.ts';

/** The session has ended. */
export const normalClose = 1000;

export type CloseCode = {
  code: number;
  /** The codes of the error frames that come right before it; none where the session has ended. */
  errors: ErrorCode[];
  comeBack: boolean;
};

/** Those that errors close with, in the order of the catalogue. */
export function listErrorCloseCodes(): CloseCode[] {
  const kinds = Object.entries(errors) as [ErrorCode, ErrorKind][];
  const closing = kinds.filter(([, { close }]) => close !== undefined);
  const codes = new Set(closing.map(([, { close = 0 }]) => close)); // Node 20, where clients run, has no `Map.groupBy`.
  return [...codes].map((code) => {
    const ofCode = closing.filter(([, { close }]) => close === code);
    return {
      code,
      errors: ofCode.map(([name]) => name),
      comeBack: ofCode.every(([, { retryable }]) => retryable),
    };
  });
}

/** All, in the order of their codes. */
export function listCloseCodes(): CloseCode[] {
  const ended: CloseCode = { code: normalClose, errors: [], comeBack: false };
  return [ended, ...listErrorCloseCodes()].sort((one, other) => one.code - other.code);
}
