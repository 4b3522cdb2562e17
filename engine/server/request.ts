// uWebSockets.js made safe: everything of a request is read before the first await, bodies are bounded, aborts are seen.

import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { Buffer } from 'node:buffer';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText } from '../../schema/rules/text.ts';
import { parseJson } from '../../schema/validate.ts';

/** The headers that anything here reads; empty where a request has none of that name. */
export type Headers = {
  host: string;
  origin: string;
  authorization: string;
  userId: string;
  internalKey: string;
  idempotencyKey: string | undefined;
  contentLength: string;
  transferEncoding: string | undefined;
  /** What proxies say for whom they ask, in any of their ways. */
  forwardedFor: string;
  /** The first that came twice, of those that may come once only. */
  repeated: string | undefined;
  /** Of all headers, those that nothing reads too. */
  bytes: number;
};

/** A request as routes see it. uWebSockets.js's own object is gone after the first await. */
export type Call = {
  query: Record<string, string>;
  /** The decoded parts of the path that the route's pattern names. */
  parameters: readonly string[];
  headers: Headers;
  /** The JSON body; `bodyTooLarge`, or `badRequest` for what isn't JSON. */
  json(): Promise<Outcome<unknown>>;
};

export type AbortState = { isAborted: boolean };

/** What is the same for all requests of a route. */
export type RequestShape = { hasBody: boolean; parameterCount: number };

type Begun = { connection: AbortState; headers: Headers; served: RequestShape };

/**
 * Reads a request whole. Must be called synchronously in the route's handler.
 * @returns the call, or what is wrong with it already
 */
export function readCall(
  res: HttpResponse,
  req: HttpRequest,
  { connection, headers, served: { hasBody, parameterCount } }: Begun,
): Outcome<Call> {
  const rawQuery = req.getQuery() ?? '';
  const headersBytes = headers.bytes + rawQuery.length + (parameterCount === 0 ? 0 : req.getUrl().length);
  if (headersBytes > limits.headersBytesMax)
    return failed(
      'headersTooLarge',
      `The headers hold ${headersBytes} bytes; at most ${limits.headersBytesMax} are read.`,
    );
  if (hasBody && Number(headers.contentLength) > limits.bodyBytesMax) return bodyTooLarge;
  const query = parseQuery(rawQuery);
  if (!query.ok) return query;
  return succeeded({
    query: query.value,
    parameters: parametersOf(req, parameterCount),
    headers,
    json: hasBody ? jsonOf(readBody(res, connection)) : noJson,
  });
}

const noQuery = succeeded<Record<string, string>>({});

/** A name that comes twice is refused: one that reads the first and one that reads the last would do different things. */
export function parseQuery(raw: string): Outcome<Record<string, string>> {
  if (raw === '') return noQuery;
  const entries = [...new URLSearchParams(raw)];
  const query = Object.fromEntries(entries);
  if (Object.keys(query).length === entries.length) return succeeded(query);
  return failed('badRequest', 'A parameter of the query came more than once; each must be said once.');
}

/** In one pass, since each call of uWebSockets.js costs as much as a small answer's own work. */
export function readHeaders(req: HttpRequest): Headers {
  const headers: Headers = {
    host: '',
    origin: '',
    authorization: '',
    userId: '',
    internalKey: '',
    idempotencyKey: undefined,
    contentLength: '',
    transferEncoding: undefined,
    forwardedFor: '',
    repeated: undefined,
    bytes: 0,
  };
  let seen = 0;
  req.forEach((name, value) => {
    headers.bytes += name.length + value.length;
    const header = read.get(name);
    if (header === undefined) return;
    const { key, bit } = header;
    if (key === 'forwardedFor') headers.forwardedFor += `,${value}`;
    else {
      if ((seen & bit) !== 0) headers.repeated ??= name;
      seen |= bit;
      headers[key] = value;
    }
  });
  return headers;
}

type Key = Exclude<keyof Headers, 'bytes' | 'repeated'>;

const names: readonly [name: string, key: Key][] = [
  ['host', 'host'],
  ['origin', 'origin'],
  ['authorization', 'authorization'],
  ['x-user-id', 'userId'],
  ['x-internal-key', 'internalKey'],
  ['idempotency-key', 'idempotencyKey'],
  ['content-length', 'contentLength'],
  ['transfer-encoding', 'transferEncoding'],
  ['x-forwarded-for', 'forwardedFor'],
  ['x-real-ip', 'forwardedFor'],
  ['forwarded', 'forwardedFor'],
];

const read = new Map(names.map(([name, key], at) => [name, { key, bit: 1 << at }]));

const none: readonly string[] = [];

const parametersOf = (req: HttpRequest, count: number): readonly string[] =>
  count === 0 ? none : Array.from({ length: count }, (_, at) => decoded(req.getParameter(at) ?? ''));

const noJson = async (): Promise<Outcome<unknown>> => parseJson('', 'badRequest');

const jsonOf = (body: Promise<Outcome<string>>) => async (): Promise<Outcome<unknown>> => {
  const text = await body;
  return text.ok ? parseJson(text.value, 'badRequest') : text;
};

const bodyTooLarge = failed('bodyTooLarge', `The body is larger than ${limits.bodyBytesMax} bytes.`);

/** Counts while it reads, since Content-Length may be absent or lie. */
function readBody(res: HttpResponse, connection: AbortState): Promise<Outcome<string>> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    res.onData((chunk, isLast) => {
      bytes += chunk.byteLength;
      if (bytes > limits.bodyBytesMax) {
        chunks = [];
        return resolve(bodyTooLarge);
      }
      chunks.push(Buffer.from(Buffer.from(chunk))); // Copied: uWebSockets.js reuses the memory.
      if (isLast && !connection.isAborted) resolve(decodedBody(Buffer.concat(chunks)));
    });
  });
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function decodedBody(bytes: Buffer): Outcome<string> {
  try {
    return succeeded(strictUtf8.decode(bytes));
  } catch {
    return failed('badRequest', 'The body is not valid UTF-8.');
  }
}

function decoded(part: string): string {
  try {
    return cleanText(decodeURIComponent(part));
  } catch {
    return part;
  }
}
