// What hosts and the main thread say to each other of a provider's limits, which all sessions with the same key share.

/** A request that wants to be sent. `freshTokens`: what of its tokens isn't expected to be in the provider's cache. */
export type PermitAsk = { id: string; key: string; userId: string; tokens: number; freshTokens: number };

/** What a provider limits: requests and tokens a minute, with those from its cache or without, and those that it writes. */
export const limitKinds = ['requests', 'tokens', 'freshTokens', 'outputTokens'] as const;
export type LimitKind = (typeof limitKinds)[number];

/** `fullInMs`: how long until all of it is there again. */
export type LimitReading = { limit: number; remaining: number; fullInMs: number };
export type LimitReadings = { [Kind in LimitKind]?: LimitReading };

/** What came of a request so far. */
export type RequestNews =
  /** The provider has said what is left, this request included. */
  | { kind: 'limits'; limits: LimitReadings }
  | { kind: 'taken' }
  /** It was too much at once. `pauseMsMax`: how long to pause at most where the provider names no time. */
  | { kind: 'refused'; retryAfterMs?: number | undefined; pauseMsMax: number };

/** A host's word to the main thread. */
export type PermitWord =
  | { say: 'asked'; ask: PermitAsk }
  | { say: 'news'; id: string; news: RequestNews }
  /** The request is over, or isn't wanted any more. */
  | { say: 'ended'; id: string };

/** The main thread's answer. `waitMs`: how long it takes at least. */
export type PermitAnswer = { say: 'granted'; id: string } | { say: 'waits'; id: string; waitMs: number };
