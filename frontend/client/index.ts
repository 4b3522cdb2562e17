// What the package `lucid-client` gives to those who import it.
export type { ErrorCode } from '../../schema/error.ts';
