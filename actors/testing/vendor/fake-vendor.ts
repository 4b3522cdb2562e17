// The stand-in for the vendors: a server that plays a step for each request, in order, and remembers the requests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anthropicWire } from './anthropic-wire.ts';
import { googleWire } from './google-wire.ts';
import { answer, type Step } from './steps.ts';
import type { Wire } from './wire.ts';

export type VendorRequest = {
  vendor: VendorName;
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingMessage['headers'];
  /** Parsed; null for a request without one. */
  body: unknown;
  /** Resolves when its connection is done with it: true if it was closed before all was sent. */
  brokenOff: Promise<boolean>;
};

export type VendorName = 'anthropic' | 'google';

/** A step, or one that depends on the request. */
export type Play = Step | { of(request: VendorRequest): Step };

/** The key that a request came with, wherever its vendor wants it. */
export const requestKeyOf = ({ headers }: VendorRequest): string | undefined =>
  headers.authorization?.replace('Bearer ', '') ?? headers['x-goog-api-key']?.toString();

const wires: Record<VendorName, Wire> = { anthropic: anthropicWire, google: googleWire };

export class FakeVendor {
  readonly #server: Server;
  readonly #plays: Record<VendorName, Play[]> = { anthropic: [], google: [] };
  #otherwise: Play = answer({ text: 'Done.' });
  #keyChecks: Play | undefined;
  /** All requests, in the order in which their bodies were complete. */
  readonly requests: VendorRequest[] = [];

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** @param address of this machine, for engines that are elsewhere */
  static async open(address = '127.0.0.1'): Promise<FakeVendor> {
    const vendor = new FakeVendor();
    await new Promise<void>((resolve) => vendor.#server.listen(0, address, resolve));
    return vendor;
  }

  /** The base URL, for both vendors. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  /** What Anthropic's next requests get, in order. */
  anthropic(...plays: Play[]): this {
    this.#plays.anthropic.push(...plays);
    return this;
  }

  /** What Google's next requests get, in order. */
  google(...plays: Play[]): this {
    this.#plays.google.push(...plays);
    return this;
  }

  /** What every request gets for which nothing is in line. Until this is called: an answer that is done. */
  answerOtherwise(play: Play): this {
    this.#otherwise = play;
    return this;
  }

  /** What questions about a key get, from now on, instead of what is in line. They are the requests without a body. */
  answerKeyChecks(play: Play): this {
    this.#keyChecks = play;
    return this;
  }

  /** As it was at the start: nothing asked, nothing in line. */
  reset(): void {
    this.requests.length = 0;
    for (const plays of Object.values(this.#plays)) plays.length = 0;
    this.#otherwise = answer({ text: 'Done.' });
    this.#keyChecks = undefined;
  }

  /** All requests for an answer. */
  get answerRequests(): VendorRequest[] {
    return this.requests.filter(({ method }) => method === 'POST');
  }

  /** Connections that are still open are broken off. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined); // Whoever asked is gone, as some tests want it.
    const text = await readText(incoming);
    if (text === undefined) return;
    const vendor: VendorName = incoming.url?.startsWith('/v1beta/') ? 'google' : 'anthropic';
    let isClosed = false;
    const request: VendorRequest = {
      vendor,
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
    const play = this.#playFor(request);
    const step = typeof play === 'function' ? play : play.of(request);
    await step({ response, wire: wires[vendor], isClosed: () => isClosed });
  }

  #playFor({ method, vendor }: VendorRequest): Play {
    const keyChecks = method === 'GET' ? this.#keyChecks : undefined;
    return keyChecks ?? this.#plays[vendor].shift() ?? this.#otherwise;
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
