// Reads requests of uWebSockets.js safely: everything before the first await, bodies bounded, aborts seen.
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { Buffer } from 'node:buffer';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText } from '../../schema/rules/text.ts';
import { parseJson } from '../../schema/validate.ts';
import type { AbortState } from './abort-state.ts';
import { isMultipart } from './multipart-body.ts';
import { UploadBody, uploadTooLarge } from './upload-body.ts';

/** The headers that the engine reads; empty where a request has none of that name. */
export type Headers = {
  host: string;
  origin: string;
  /** Sec-Fetch-Site: where a browser's request comes from. */
  fetchSite: string;
  /** All cookies, joined by semicolons. */
  cookie: string;
  authorization: string;
  userId: string;
  internalKey: string;
  adminKey: string;
  idempotencyKey: string | undefined;
  lastEventId: string | undefined;
  /** All of them, joined by commas. */
  accept: string;
  contentLength: string;
  contentType: string;
  transferEncoding: string | undefined;
  /** X-Forwarded-For, X-Real-IP and Forwarded, joined by commas. */
  forwardedFor: string;
  /** The first header that came twice, and may come once only. */
  repeated: string | undefined;
  /** The length of all headers but cookies, also of those that nothing reads. */
  bytes: number;
};

/** A request before its input is checked. uWebSockets.js's own object is gone after the first await. */
export type Call = {
  query: Record<string, string>;
  /** The decoded parts of the path that the route's pattern names. */
  parameters: readonly string[];
  headers: Headers;
  /** What the body holds; `bodyTooLarge`, or `badRequest` for what isn't JSON, or the fields of a form. */
  readBody(): Promise<Outcome<unknown>>;
  /** Present where the route takes bytes. */
  upload?: UploadBody;
};

/** How the requests of a route are read. */
export type RequestShape = {
  body: 'json' | 'form' | undefined;
  uploadBytesMax?: number | undefined;
  /** Of a body with files, where some may come. */
  filesBytesMax?: number | undefined;
  parameterCount: number;
};

type ReadBefore = { aborting: AbortState; headers: Headers; served: RequestShape };

/**
 * The request must be read synchronously in uWebSockets.js's handler, which takes it away afterwards.
 * @returns the call, or why it can't be read
 */
export function readCall(
  res: HttpResponse,
  req: HttpRequest,
  { aborting, headers, served }: ReadBefore,
): Outcome<Call> {
  const { parameterCount } = served;
  const isWithFiles = served.filesBytesMax !== undefined && isMultipart(headers.contentType);
  const body = isWithFiles ? undefined : served.body;
  const uploadBytesMax = isWithFiles ? served.filesBytesMax : served.uploadBytesMax;
  const rawQuery = req.getQuery() ?? '';
  const headersBytes = headers.bytes + rawQuery.length + (parameterCount === 0 ? 0 : req.getUrl().length);
  if (headersBytes > limits.headersBytesMax)
    return failed(
      'headersTooLarge',
      `The headers hold ${headersBytes} bytes; at most ${limits.headersBytesMax} are read.`,
    );
  if (headers.cookie.length > limits.cookieBytesMax) return cookiesTooLarge;
  if (body !== undefined && Number(headers.contentLength) > limits.bodyBytesMax) return bodyTooLarge;
  if (uploadBytesMax !== undefined && Number(headers.contentLength) > uploadBytesMax)
    return uploadTooLarge(uploadBytesMax);
  const query = parseQuery(rawQuery);
  if (!query.ok) return query;
  return succeeded({
    query: query.value,
    parameters: parametersOf(req, parameterCount),
    headers,
    readBody: body === undefined ? readNothing : parsing(readBody(res, aborting), parsers[body]),
    ...(uploadBytesMax !== undefined && { upload: new UploadBody(res, aborting, uploadBytesMax) }),
  });
}

const cookiesTooLarge = failed('headersTooLarge', `The cookies hold more than ${limits.cookieBytesMax} bytes.`);
export const emptyBody = failed('badRequest', 'The body is empty, where JSON is needed.');

const parsers = {
  json: (text: string) => (text === '' ? emptyBody : parseJson(text, 'badRequest')),
  form: (text: string) => succeeded(parseForm(text)),
};

const noQuery = succeeded<Record<string, string>>({});

/** A field that comes more than once is a list, which no declared field is. */
function parseForm(text: string): Record<string, string | string[]> {
  const byName = Map.groupBy(new URLSearchParams(text), ([name]) => name);
  const fields = [...byName].map(([name, said]) => [name, said.map(([, value]) => value)] as const);
  return Object.fromEntries(fields.map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]));
}

/** A name that comes twice is refused: a proxy may read the first value where the engine would read the last. */
export function parseQuery(raw: string): Outcome<Record<string, string>> {
  if (raw === '') return noQuery;
  const entries = [...new URLSearchParams(raw)];
  const query = Object.fromEntries(entries);
  if (Object.keys(query).length === entries.length) return succeeded(query);
  return failed('badRequest', 'A parameter came more than once; each must be said once.');
}

/** All headers are read in one pass, since each call of uWebSockets.js costs as much as the work of a small answer. */
export function readHeaders(req: HttpRequest): Headers {
  const headers: Headers = {
    host: '',
    origin: '',
    fetchSite: '',
    cookie: '',
    authorization: '',
    userId: '',
    internalKey: '',
    adminKey: '',
    idempotencyKey: undefined,
    lastEventId: undefined,
    accept: '',
    contentLength: '',
    contentType: '',
    transferEncoding: undefined,
    forwardedFor: '',
    repeated: undefined,
    bytes: 0,
  };
  let seen = 0;
  req.forEach((name, value) => {
    headers.bytes += name.length + (name === 'cookie' ? 0 : value.length);
    const header = headersByName.get(name);
    if (header === undefined) return;
    const { key, bit } = header;
    if (key === 'forwardedFor' || key === 'accept') headers[key] += `,${value}`;
    else if (key === 'cookie') headers.cookie = headers.cookie === '' ? value : `${headers.cookie};${value}`;
    else {
      if ((seen & bit) !== 0) headers.repeated ??= name;
      seen |= bit;
      headers[key] = value;
    }
  });
  return headers;
}

type Key = Exclude<keyof Headers, 'bytes' | 'repeated'>;

const readNames: readonly [name: string, key: Key][] = [
  ['host', 'host'],
  ['origin', 'origin'],
  ['sec-fetch-site', 'fetchSite'],
  ['cookie', 'cookie'],
  ['authorization', 'authorization'],
  ['x-user-id', 'userId'],
  ['x-internal-key', 'internalKey'],
  ['x-admin-key', 'adminKey'],
  ['idempotency-key', 'idempotencyKey'],
  ['last-event-id', 'lastEventId'],
  ['accept', 'accept'],
  ['content-length', 'contentLength'],
  ['content-type', 'contentType'],
  ['transfer-encoding', 'transferEncoding'],
  ['x-forwarded-for', 'forwardedFor'],
  ['x-real-ip', 'forwardedFor'],
  ['forwarded', 'forwardedFor'],
];

/** Whether a request asks for a content type by its name. */
export const accepts = ({ accept }: Headers, contentType: string): boolean =>
  accept !== '' && accept.split(',').some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === contentType);

const headersByName = new Map(readNames.map(([name, key], at) => [name, { key, bit: 1 << at }]));

/** @throws where the header isn't read */
export function headerKeyOf(name: string): keyof Headers {
  const header = headersByName.get(name.toLowerCase());
  if (!header) throw new Error(`The header ${name} is not read; add it to readNames in request.ts.`);
  return header.key;
}

const noParameters: readonly string[] = [];

const parametersOf = (req: HttpRequest, count: number): readonly string[] =>
  count === 0 ? noParameters : Array.from({ length: count }, (_, at) => decodePart(req.getParameter(at) ?? ''));

const readNothing = async (): Promise<Outcome<unknown>> => parseJson('', 'badRequest');

const parsing =
  (body: Promise<Outcome<string>>, parse: (text: string) => Outcome<unknown>) =>
  async (): Promise<Outcome<unknown>> => {
    const text = await body;
    return text.ok ? parse(text.value) : text;
  };

const bodyTooLarge = failed('bodyTooLarge', `The body is larger than ${limits.bodyBytesMax} bytes.`);

/** Bytes are counted while they come, since Content-Length may be absent or lie. */
function readBody(res: HttpResponse, aborting: AbortState): Promise<Outcome<string>> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    res.onData((chunk, isLast) => {
      bytes += chunk.byteLength;
      if (bytes > limits.bodyBytesMax) {
        chunks = [];
        return resolve(bodyTooLarge);
      }
      chunks.push(Buffer.from(Buffer.from(chunk))); // The bytes are copied, since uWebSockets.js reuses the memory.
      if (isLast && !aborting.isAborted) resolve(decodeBody(Buffer.concat(chunks)));
    });
  });
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function decodeBody(bytes: Buffer): Outcome<string> {
  try {
    return succeeded(strictUtf8.decode(bytes));
  } catch {
    return failed('badRequest', 'The body is not valid UTF-8.');
  }
}

function decodePart(part: string): string {
  try {
    return cleanText(decodeURIComponent(part));
  } catch {
    return part;
  }
}
