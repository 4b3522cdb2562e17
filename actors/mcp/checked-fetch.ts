// The way to a server at an address: requests under the engine's rules about addresses, with bounded answers.
import { Readable } from 'node:stream';
import type { Upstream } from '../../sandbox/git/upstream.ts';
import type { UpstreamAnswer } from '../../sandbox/git/upstream-request.ts';
import { Intake } from './intake.ts';

/** How often a server's standing stream is opened again within `streamWindowMs`: a server may say how soon, even at once. */
const streamsMax = 4;
const streamWindowMs = 60_000;
/** What is told a server at once beside the engine's requests: answers to its own, each of which is a connection. */
const toldAtOnceMax = 16;

/** The statuses that have no body. */
const bodilessStatuses = [101, 204, 205, 304];

export type CheckedFetchOptions = {
  upstream: Pick<Upstream, 'ask'>;
  now(): number;
  /** Is told why the server was cut off. */
  onRefused(reason: string): void;
  /** Is told that an answer has come to its end, to the request of this id. */
  onAnswerEnded(id: number | string): void;
};

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** Makes a `fetch` for the SDK, which follows redirects itself, within the origin alone; each is checked like the first. */
export function makeCheckedFetch({ upstream, now, onRefused, onAnswerEnded }: CheckedFetchOptions): Fetch {
  const intake = new Intake(onRefused);
  let streamsAtMs: number[] = [];
  const mayOpenStream = (): boolean => {
    streamsAtMs = [...streamsAtMs.filter((atMs) => now() - atMs < streamWindowMs), now()].slice(-streamsMax - 1);
    return streamsAtMs.length <= streamsMax;
  };
  const ask = async (given: string | URL, method: 'GET' | 'POST' | 'DELETE', init: RequestInit): Promise<Response> => {
    const answer = await upstream.ask({
      url: new URL(given),
      method,
      headers: { ...Object.fromEntries(new Headers(init.headers)), 'accept-encoding': 'identity', ...lengthOf(init) },
      body: typeof init.body === 'string' ? Readable.from([Buffer.from(init.body)], { objectMode: false }) : undefined,
      signal: init.signal ?? new AbortController().signal,
    });
    if (!answer.ok) throw new Error(answer.failure.detail);
    const { id } = readRequest(init.body);
    return responseOf(answer.value, intake, () => id !== undefined && onAnswerEnded(id));
  };
  let told = 0;
  return async (given, init = {}) => {
    const method = methodOf(init);
    if (method === 'GET' && !mayOpenStream()) return new Response(null, { status: 405 });
    if (method !== 'POST') return ask(given, method, init);
    const asked = readRequest(init.body);
    if (asked.id !== undefined) {
      intake.noteRequest(asked.method);
      return ask(given, method, init);
    }
    if (told >= toldAtOnceMax) intake.refuse('It asks the engine for too much at once.');
    if (intake.isRefused) throw new Error('The server was cut off.');
    told++;
    return ask(given, method, init).finally(() => told--);
  };
}

function methodOf({ method }: RequestInit): 'GET' | 'POST' | 'DELETE' {
  if (method === 'POST' || method === 'DELETE') return method;
  return 'GET';
}

const lengthOf = ({ body }: RequestInit): { 'content-length'?: number } =>
  typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {};

/** The request in a body that the SDK wrote; a notification has no id, and an answer neither. */
function readRequest(body: RequestInit['body']): { id?: number | string; method?: string } {
  if (typeof body !== 'string') return {};
  const { id, method } = JSON.parse(body) as { id?: number | string; method?: string };
  return method === undefined ? {} : { method, ...(id !== undefined && { id }) };
}

function responseOf({ statusCode, headers, body }: UpstreamAnswer, intake: Intake, onEnd: () => void): Response {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  if (statusCode < 200 || statusCode > 599 || bodilessStatuses.includes(statusCode)) {
    body.destroy();
    return new Response(null, { status: statusCode === 204 ? 204 : 502 });
  }
  return new Response(Readable.toWeb(Readable.from(boundBody(body, intake, onEnd))) as ReadableStream, {
    status: statusCode,
    headers: given,
  });
}

/** An empty line ends an event of a stream; a message of JSON has none. */
const eventEnd = /\r\n\r\n|\n\n|\r\r/g;

/** With an id a server says that the stream goes on in another answer. */
const eventId = /(?:^|[\r\n])id:/;

/** An answer may be one message of JSON, or a stream of events, each of which ends with an empty line. */
async function* boundBody(body: Readable, intake: Intake, onEnd: () => void): AsyncGenerator<Buffer> {
  let messageBytes = 0;
  let goesOn = false;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const text = chunk.toString('latin1');
      const ends = [...text.matchAll(eventEnd)];
      goesOn ||= eventId.test(text);
      const last = ends.at(-1);
      messageBytes = last ? chunk.length - last.index : messageBytes + chunk.length;
      const isFine = intake.noteBytes(chunk.length, messageBytes) && intake.noteMessages(ends.length);
      if (!isFine) throw new Error('The answer was refused.');
      yield chunk;
    }
  } finally {
    body.destroy();
    if (!goesOn) onEnd();
  }
}
