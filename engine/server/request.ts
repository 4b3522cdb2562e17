// uWebSockets.js made safe: everything of a request is read before the first await, bodies are bounded, aborts are seen.

import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { Buffer } from 'node:buffer';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText } from '../../schema/text.ts';
import { parseJson } from '../../schema/validate.ts';

/** A request as routes see it. uWebSockets.js's own object is gone after the first await. */
export type Call = {
  method: string;
  query: Record<string, string>;
  /** The decoded parts of the path that the route's pattern names. */
  parameters: string[];
  headers: ReadonlyMap<string, string>;
  /** The JSON body; `bodyTooLarge`, or `badRequest` for what isn't JSON. */
  json(): Promise<Outcome<unknown>>;
};

export type Connection = { isAborted: boolean };

/**
 * Reads a request whole. Must be called synchronously in the route's handler.
 * @returns the call, or what is wrong with it already
 */
export function readCall(
  res: HttpResponse,
  req: HttpRequest,
  connection: Connection,
  parameterCount: number,
): Outcome<Call> {
  const headers = new Map<string, string>();
  const rawQuery = req.getQuery() ?? '';
  let headersBytes = req.getUrl().length + rawQuery.length;
  req.forEach((name, value) => {
    headersBytes += name.length + value.length;
    headers.set(name, value);
  });
  const method = req.getMethod();
  const query = Object.fromEntries(new URLSearchParams(rawQuery));
  const parameters = Array.from({ length: parameterCount }, (_, at) => decoded(req.getParameter(at) ?? ''));
  const hasBody = method === 'post' || method === 'patch' || method === 'put';
  const declared = Number(headers.get('content-length') ?? 0);
  if (headersBytes > limits.headersBytesMax)
    return failed(
      'headersTooLarge',
      `The headers hold ${headersBytes} bytes; at most ${limits.headersBytesMax} are read.`,
    );
  if (hasBody && declared > limits.bodyBytesMax) return bodyTooLarge;
  const body = hasBody ? readBody(res, connection) : Promise.resolve(succeeded(''));
  const json = async () => {
    const text = await body;
    return text.ok ? parseJson(text.value, 'badRequest') : text;
  };
  return succeeded({ method, query, parameters, headers, json });
}

const bodyTooLarge = failed('bodyTooLarge', `The body is larger than ${limits.bodyBytesMax} bytes.`);

/** Counts while it reads, since Content-Length may be absent or lie. */
function readBody(res: HttpResponse, connection: Connection): Promise<Outcome<string>> {
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
