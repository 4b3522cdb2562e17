// Answers over HTTP: JSON for what was asked for, problem details for what failed, CORS for allowed origins.

import type { HttpResponse } from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import { errors, type Failure, problemOf } from '../../schema/error.ts';

export type Answer = {
  status: number;
  headers?: Record<string, string>;
  contentType?: string;
  /** Text as it is, anything else as JSON; undefined for none. */
  body: unknown;
};

export const ok = (body: unknown): Answer => ({ status: 200, body });

export function problemAnswer(failure: Failure, headers: Record<string, string> = {}): Answer {
  const retryAfter =
    failure.retryAfterMs === undefined ? {} : { 'Retry-After': String(Math.ceil(failure.retryAfterMs / 1_000)) };
  const authenticate = failure.code === 'notAuthenticated' ? { 'WWW-Authenticate': 'Bearer' } : {};
  return {
    status: errors[failure.code].status,
    headers: { ...retryAfter, ...authenticate, ...headers },
    contentType: 'application/problem+json',
    body: problemOf(failure),
  };
}

/** Which origins a browser's page may call from. */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  headersFor(origin: string | undefined): Record<string, string> {
    if (origin === undefined || origin === '') return {};
    if (!this.#origins.has(origin) && !this.#origins.has('*')) return { Vary: 'Origin' };
    if (!this.#origins.has(origin)) return { 'Access-Control-Allow-Origin': '*' };
    return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true', Vary: 'Origin' };
  }

  preflight(origin: string | undefined): Answer {
    return {
      status: 204,
      headers: {
        ...this.headersFor(origin),
        'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE, OPTIONS',
        'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key, X-User-ID, X-Internal-Key',
        'Access-Control-Max-Age': '600',
      },
      body: undefined,
    };
  }
}

/** Writes the answer at once; the caller has seen that the request isn't aborted. */
export function send(res: HttpResponse, answer: Answer, cors: Record<string, string>, closes: boolean): void {
  res.cork(() => {
    res.writeStatus(`${answer.status} ${STATUS_CODES[answer.status] ?? ''}`);
    if (answer.body !== undefined) res.writeHeader('Content-Type', answer.contentType ?? 'application/json');
    res.writeHeader('Cache-Control', 'no-store');
    res.writeHeader('X-Content-Type-Options', 'nosniff');
    for (const [name, value] of Object.entries({ ...cors, ...answer.headers })) res.writeHeader(name, value);
    if (answer.body === undefined)
      res.endWithoutBody(); // Any argument makes a Content-Length.
    else res.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body), closes);
  });
}
