// Answers over HTTP: JSON, problem details for what failed, CORS for allowed origins.
import type { HttpResponse } from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import { errors, type Failure } from '../../schema/error.ts';
import { problemOf } from '../../schema/protocol/problem.ts';
import type { AnswerOf, Redirect } from '../../schema/protocol/route.ts';
import type { Routes } from '../../schema/protocol/routes.ts';
import type { KnownNames } from './known-names.ts';

export type Answer = {
  status: number;
  headers?: Record<string, string>;
  /** Each as `Set-Cookie` has it. */
  cookies?: readonly string[];
  contentType?: string;
  /** Text is sent as it is, anything else as JSON. */
  body: unknown;
  /** The length of a body that is left out. */
  bodyBytes?: number;
};

/** The answer to HEAD has all that GET's has but the body. */
export function dropBody(answer: Answer): Answer {
  const { body, contentType = 'application/json' } = answer;
  if (body === undefined) return answer;
  return { ...answer, contentType, body: undefined, bodyBytes: Buffer.byteLength(textOf(body)) };
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

export const okAnswerOf = (body: unknown, contentType?: string): Answer =>
  contentType === undefined ? { status: 200, body } : { status: 200, body, contentType };

export const redirectAnswerOf = ({ location, cookies }: Redirect, status: 302 | 303): Answer => ({
  status,
  headers: { Location: location },
  cookies,
  contentType: 'text/plain; charset=utf-8',
  body: '', // Without a length the browser would wait for the end of the connection.
});

export function problemAnswerOf(failure: Failure, headers: Record<string, string> = {}): Answer {
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

/** Pages of other origins can read no header that isn't named here. */
const exposed = { 'Access-Control-Expose-Headers': 'Retry-After' };

/** Which origins a browser's page may call from. */
export class Cors {
  readonly #origins: KnownNames;

  constructor(origins: KnownNames) {
    this.#origins = origins;
  }

  /** @param origin empty where no page asks */
  headersFor(origin: string): Record<string, string> | undefined {
    if (origin === '') return undefined;
    if (!this.#origins.has(origin)) return { Vary: 'Origin' };
    if (!this.#origins.lists(origin)) return { 'Access-Control-Allow-Origin': '*', ...exposed };
    return {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Credentials': 'true',
      Vary: 'Origin',
      ...exposed,
    };
  }

  preflight(origin: string): Answer {
    return {
      status: 204,
      headers: {
        ...this.headersFor(origin),
        'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE, OPTIONS',
        'Access-Control-Allow-Headers':
          'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-User-ID, X-Internal-Key',
        'Access-Control-Max-Age': '600',
      },
      body: undefined,
    };
  }
}

/** uWebSockets.js reads bytes faster than strings. */
export const encodeText = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;

/** Status and headers of every good JSON answer in one write: uWebSockets.js copies the lines as they are. */
const okHead = encodeText(
  '200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff',
);
const healthyHead = encodeText('200 OK\r\nContent-Type: application/json');
export const healthy: AnswerOf<Routes['checkHealth']> = { status: 'ok' };
const healthyBody = encodeText(JSON.stringify(healthy));

export function writeHealthy(res: HttpResponse, cors: Record<string, string> | undefined): void {
  res.writeStatus(healthyHead);
  if (cors) writeHeaders(res, cors);
  res.end(healthyBody);
}

/** The caller has checked that the request isn't aborted. */
export function writeAnswer(
  res: HttpResponse,
  answer: Answer,
  cors: Record<string, string> | undefined,
  closes: boolean,
): void {
  const { status, contentType, body } = answer;
  if (status === 200 && contentType === undefined && body !== undefined) res.writeStatus(okHead);
  else {
    res.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`);
    if (body !== undefined || answer.bodyBytes !== undefined)
      res.writeHeader('Content-Type', contentType ?? 'application/json');
    res.writeHeader('Cache-Control', 'no-store');
    res.writeHeader('X-Content-Type-Options', 'nosniff');
  }
  if (cors) writeHeaders(res, cors);
  if (answer.headers) writeHeaders(res, answer.headers);
  for (const cookie of answer.cookies ?? []) res.writeHeader('Set-Cookie', cookie);
  if (body !== undefined) res.end(textOf(body), closes);
  else if (answer.bodyBytes !== undefined) res.endWithoutBody(answer.bodyBytes, closes);
  else res.endWithoutBody(); // Any argument makes a Content-Length.
}

export function writeHeaders(res: HttpResponse, headers: Record<string, string>): void {
  for (const name in headers) res.writeHeader(name, headers[name] as string);
}
