// The stand-in for the providers: a server that plays a step for each request, in order, and remembers the requests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { providerOfPath, standInOf, wireOf } from './stand-in.ts';
import { answer, type Step } from './steps.ts';

export type ProviderRequest = {
  /** Whom it is for. */
  provider: string;
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingMessage['headers'];
  /** Parsed; null for a request without one. */
  body: unknown;
  /** Resolves when its connection is done with it: true if it was closed before all was sent. */
  brokenOff: Promise<boolean>;
};

/** A step, or one that depends on the request. */
export type Play = Step | { of(request: ProviderRequest): Step };

/** The key that a request came with, wherever its provider wants it. */
export const requestKeyOf = ({ provider, headers }: ProviderRequest): string | undefined =>
  standInOf(provider).keyOf(headers);

export class FakeProvider {
  readonly #server: Server;
  readonly #plays = new Map<string, Play[]>();
  #otherwise: Play = answer({ text: 'Done.' });
  #keyChecks: Play | undefined;
  /** All requests, in the order in which their bodies were complete. */
  readonly requests: ProviderRequest[] = [];

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** @param address of this machine, for engines that are elsewhere */
  static async open(address = '127.0.0.1'): Promise<FakeProvider> {
    const fakeProvider = new FakeProvider();
    await new Promise<void>((resolve) => fakeProvider.#server.listen(0, address, resolve));
    return fakeProvider;
  }

  /** The base URL, for all providers. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  /** What the provider's next requests get, in order. */
  plan(provider: string, ...plays: Play[]): this {
    this.#plays.set(provider, [...(this.#plays.get(provider) ?? []), ...plays]);
    return this;
  }

  /** What every request gets for which nothing is in line. Until this is called: an answer that is done. */
  answerOtherwise(play: Play): this {
    this.#otherwise = play;
    return this;
  }

  /** What checks of a key get from now on instead of what is in line: they are the requests without a body. */
  answerKeyChecks(play: Play): this {
    this.#keyChecks = play;
    return this;
  }

  /** Forgets all requests and plans. */
  reset(): void {
    this.requests.length = 0;
    this.#plays.clear();
    this.#otherwise = answer({ text: 'Done.' });
    this.#keyChecks = undefined;
  }

  /** All requests for an answer. */
  get answerRequests(): ProviderRequest[] {
    return this.requests.filter(({ method }) => method === 'POST');
  }

  /** Connections that are still open are broken off. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined); // In some tests the client is gone by then.
    const text = await readText(incoming);
    if (text === undefined) return;
    const provider = providerOfPath(incoming.url ?? '');
    let isClosed = false;
    const request: ProviderRequest = {
      provider,
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: text === '' ? null : JSON.parse(text),
      brokenOff: new Promise((resolve) => {
        response.once('close', () => {
          isClosed = true;
          resolve(!response.writableFinished);
        });
      }),
    };
    this.requests.push(request);
    const play = this.#choosePlay(request);
    const step = typeof play === 'function' ? play : play.of(request);
    await step({ response, wire: wireOf(provider, request.path), isClosed: () => isClosed });
  }

  #choosePlay({ method, provider }: ProviderRequest): Play {
    const keyChecks = method === 'GET' ? this.#keyChecks : undefined;
    return keyChecks ?? this.#plays.get(provider)?.shift() ?? this.#otherwise;
  }
}

/** Undefined for a request that was broken off before it was complete. */
async function readText(incoming: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const part of incoming) parts.push(part as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts).toString();
}
