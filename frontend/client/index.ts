// What the package `lucid-client` gives to those who import it.
export { type AttachOptions, createClient, type Lucid, type NewSession } from './create-client.ts';
export { LucidError, type LucidErrorCode } from './lucid-error.ts';
export type { Bounds, ClientOptions, SocketConstructor } from './options.ts';
export type {
  Calls,
  ErrorCode,
  MessageOptions,
  Problem,
  ServerFrame,
  SessionNow,
  SessionState,
  TreeNode,
  Usage,
  WaitingFor,
} from './protocol.ts';
export type { CallOptions } from './rest/call-types.ts';
export { findFilesProblem } from './rest/message-files.ts';
export type { Position, SessionEvent, TransientFrame } from './session/frames.ts';
export type { SessionValues } from './session/readers.ts';
export type { Accepted, Decision } from './session/said.ts';
export type { Session } from './session/session.ts';
export type { ConnectionState, SessionSnapshot } from './session/state.ts';
export type { Gap } from './session/track.ts';
