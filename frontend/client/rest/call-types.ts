// The types of every call over REST, read off the declared routes.
import type { AnswerOf as AnswerOfRoute, RequestOf } from '../../../schema/protocol/route.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';

export type RouteName = keyof Routes;

export type QueryOf<Name extends RouteName> = RequestOf<Routes[Name]>['query'];
export type BodyOf<Name extends RouteName> = RequestOf<Routes[Name]>['body'];
export type AnswerOf<Name extends RouteName> = AnswerOfRoute<Routes[Name]>;

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
  /** Makes the request one with an earlier one under the same key; of the client's own making unless given. */
  idempotencyKey?: string;
};
