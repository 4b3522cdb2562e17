// Lists the close codes of a WebSocket, each with whether to come back, from the catalogue of errors.
import { type ErrorCode, type ErrorKind, errors } from '../error.ts';

/** The session has ended. */
export const normalClose = 1000;

export type CloseCode = {
  code: number;
  /** The codes of the error frames that come right before it; none where the session has ended. */
  errors: ErrorCode[];
  comeBack: boolean;
};

/** The close codes of errors, in the order of the catalogue. */
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

/** All close codes, in numeric order. */
export function listCloseCodes(): CloseCode[] {
  const ended: CloseCode = { code: normalClose, errors: [], comeBack: false };
  return [ended, ...listErrorCloseCodes()].sort((one, other) => one.code - other.code);
}
