// The types of every call over REST, read off the declared routes.
import type { LucidError } from '../lucid-error.ts';
import type { Calls } from '../protocol.ts';

export type RouteName = keyof Calls;

export type QueryOf<Name extends RouteName> = Calls[Name]['query'];
export type BodyOf<Name extends RouteName> = Calls[Name]['body'];
export type AnswerOf<Name extends RouteName> = Calls[Name]['answer'];

/** What a request carries, as its route has it. */
export type CallInput<Name extends RouteName> = {
  parameters?: Record<string, string>;
  query?: QueryOf<Name> | undefined;
  body?: BodyOf<Name>;
};

/** What whoever calls may say of any call. */
export type CallOptions = {
  /** Ends the call, and the waits between its tries. */
  signal?: AbortSignal;
  /** Files that come with a new session or a message: images are shown to models that see. */
  files?: readonly File[];
  /** Makes the request one with an earlier one under the same key; of the client's own making unless given. */
  idempotencyKey?: string;
  /** Hears why the request has failed before it is made again, which may take a while. */
  onRetry?(error: LucidError): void;
};
