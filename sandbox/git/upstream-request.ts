// What is asked of a git server and what it answers, directly or by way of a proxy.
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** Until a git server is connected to: its name resolved, its certificate checked. */
export const gitConnectTimeoutMs = 10_000;
/** Until a git server has said something, or taken something; git's own servers say something every 5 s. */
export const gitSilenceTimeoutMs = 120_000;

export type UpstreamRequest = {
  url: URL;
  method: 'GET' | 'POST';
  headers: OutgoingHttpHeaders;
  body: IncomingMessage | undefined;
  /** Ends it, whatever it is doing. */
  signal: AbortSignal;
};

/** Its head; the body may still break. */
export type UpstreamAnswer = { statusCode: number; headers: IncomingHttpHeaders; body: Readable };
