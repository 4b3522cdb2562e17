// What a client is made with: where the engine is, who calls, what the platform gives, and the bounds that hold.
import type { Token } from './token-source.ts';

/** A WebSocket as far as it is used here: the browser's, Node's, Bun's, Deno's and that of `ws` are such. */
export type Socket = {
  readonly protocol: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
};
export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

const defaultBounds = {
  /** One attempt of a request, in milliseconds: a sandbox with a repository takes some. */
  requestTimeoutMs: 60_000,
  /** How often a request is made in all, where that is safe. */
  requestAttemptsMax: 5,
  /** Of a WebSocket, from its opening to its first frame, and of a function that gives a token, in milliseconds. */
  connectTimeoutMs: 15_000,
  /** So long nothing is heard, though a `pong` was asked for, before a connection is given up; half as long before one is. */
  silenceMaxMs: 30_000,
  /** How soon an answer has to come after the page was shown again or the network came back, in milliseconds. */
  wakePatienceMs: 5_000,
  /** Between tries, in milliseconds: the first wait at most, and any. */
  backOffBaseMs: 250,
  backOffMaxMs: 30_000,
  /** Tokens in a row that the engine may refuse to believe before the session gives up: a clock may be put right meanwhile. */
  tokenRefusalsMax: 5,
  /** Events that wait for a reader who is slower than they come. */
  bufferedEventsMax: 1_000,
  /** Commands that wait for the engine's acknowledgement, and characters in them: some megabytes of memory. */
  queuedCommandsMax: 100,
  queuedCharsMax: 1_000_000,
};
export type Bounds = typeof defaultBounds;

export type ClientOptions = {
  /** Where the engine is, for example `https://agents.example.com`; in a page it may be relative to its address. */
  baseUrl: string | URL;
  /** A JWT, or a function that gives one and is asked again when the engine doesn't believe it any more. */
  token?: Token | undefined;
  /** In place of a token, in pages of the engine's own origin: who has signed in there, by the browser's cookie. */
  cookie?: boolean | undefined;
  /** In place of a token, for a back end that the engine believes: for whom it calls. Over REST only. */
  userId?: string | undefined;
  /** The engine's INTERNAL_API_KEY, beside `userId`. */
  internalKey?: string | undefined;
  /** The platform's own unless given. */
  fetch?: typeof globalThis.fetch | undefined;
  /** The platform's own unless given; Node 20 has none, `ws` is one. */
  WebSocket?: SocketConstructor | undefined;
  /** Bounds that differ from the defaults. */
  bounds?: Partial<Bounds> | undefined;
  /** From 0 up to 1, for the waits between tries. */
  random?: (() => number) | undefined;
};

/** The same with all that was left open decided. */
export type Settings = {
  baseUrl: URL;
  /** Of the page that the client runs in; undefined outside of pages. */
  pageOrigin: string | undefined;
  userId: string | undefined;
  internalKey: string | undefined;
  fetch: typeof globalThis.fetch;
  WebSocket: SocketConstructor | undefined;
  bounds: Bounds;
  random: () => number;
};

export function settle({ baseUrl, userId, internalKey, bounds, ...options }: ClientOptions): Settings {
  const platform: { location?: { href: string; origin: string }; WebSocket?: SocketConstructor } = globalThis;
  const url = new URL(baseUrl, platform.location?.href);
  if (!url.pathname.endsWith('/')) url.pathname += '/'; // A path of its own is kept: a proxy may have the engine below it.
  return {
    baseUrl: url,
    pageOrigin: platform.location?.origin,
    userId,
    internalKey,
    fetch: options.fetch ?? ((...asked) => globalThis.fetch(...asked)), // Called on anything else, browsers' own throws.
    WebSocket: options.WebSocket ?? platform.WebSocket,
    bounds: { ...defaultBounds, ...bounds },
    random: options.random ?? Math.random,
  };
}
