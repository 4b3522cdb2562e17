// The shapes of a request to a server that a user has named, mostly a git server, and of its answer.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** How long it may take to connect to a git server: to resolve its name and check its certificate. */
export const gitConnectTimeoutMs = 10_000;
/** How long a git server may neither send nor take anything; git's own servers send something every 5 s. */
export const gitSilenceTimeoutMs = 120_000;

export type UpstreamRequest = {
  url: URL;
  method: 'GET' | 'POST' | 'DELETE';
  headers: OutgoingHttpHeaders;
  body: Readable | undefined;
  /** Ends the request in any state. */
  signal: AbortSignal;
};

/** The head has come; the body may still break off. */
export type UpstreamAnswer = { statusCode: number; headers: IncomingHttpHeaders; body: Readable };
