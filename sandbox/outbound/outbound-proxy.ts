// The HTTP proxy of confined sandboxes on a Unix socket, which connects to the public internet only.
import { lookup } from 'node:dns';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits } from '../../schema/limits.ts';
import type { OpenedHost } from '../../schema/thread.ts';
import { isAddress, mayBeReached } from './address.ts';
import { makeCheckedLookup, type Resolve, resolvePublic } from './checked-lookup.ts';
import { isOpened } from './opened-hosts.ts';
import { readOwnAddresses } from './own-addresses.ts';

/** Connections of a host's confined sandboxes to the internet: each takes two descriptors, of some 20,000. */
const outboundConnectionsMax = 2_000;
/** How long a server of the internet may take to accept a connection, its name included. */
const outboundConnectTimeoutMs = 20_000;
/** How long nothing may pass on a connection of a sandbox. */
const outboundSilenceTimeoutMs = 600_000;

export type OutboundProxyOptions = {
  socketPath: string;
  /** Sockets of this machine by the name that leads to them, over http and its usual port: the git proxy's. */
  sockets: ReadonlyMap<string, string>;
  resolve?: Resolve;
  /** Hosts that the operator opens beside the public internet. */
  openedHosts?: readonly OpenedHost[];
};

class AddressRefused extends Error {
  override readonly name = 'Refused';
}

/** Headers that concern only a client and its proxy. */
const hopHeaders = ['proxy-connection', 'proxy-authorization', 'connection', 'keep-alive', 'te', 'upgrade'];

export class OutboundProxy {
  readonly #server: Server;
  readonly #options: OutboundProxyOptions;
  readonly #tunnels = new Set<Duplex>();

  private constructor(options: OutboundProxyOptions) {
    this.#options = options;
    this.#server = createServer({ maxHeaderSize: limits.gitHeadersBytesMax, requestTimeout: 0 })
      .on('request', (request, response) => this.#handleRequest(request, response))
      .on('connect', (request, client, head) => this.#handleConnect(request.url ?? '', client, head));
    this.#server.maxConnections = outboundConnectionsMax;
  }

  static async open(options: OutboundProxyOptions): Promise<OutboundProxy> {
    const proxy = new OutboundProxy(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    proxy.#server.once('error', reject).listen(options.socketPath, resolve);
    await promise;
    return proxy;
  }

  async close(): Promise<void> {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  /** A request over plain http has the whole URL in its first line. */
  #handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(request.url ?? '');
    if (url?.protocol !== 'http:')
      return refuseProxyRequest(response, 400, 'This is a proxy: ask it for a whole http:// URL.');
    const socketPath = url.port === '' ? this.#options.sockets.get(url.hostname) : undefined;
    if (socketPath === undefined && this.#options.sockets.has(url.hostname))
      return refuseProxyRequest(response, 403, 'Only its usual port is reached.');
    const target =
      socketPath === undefined
        ? { lookup: this.#lookupFor(Number(url.port || 80)), host: removeBrackets(url.hostname), port: url.port || 80 }
        : { socketPath };
    const headers = { ...request.headers, host: url.host };
    for (const name of hopHeaders) delete headers[name as keyof typeof headers];
    if (!('socketPath' in target) && isAddress(removeBrackets(url.hostname))) {
      this.#checkAddress(removeBrackets(url.hostname), Number(url.port || 80)).then(
        () => this.#forward({ ...target, headers, url, request, response }),
        (error) => refuseProxyRequest(response, 403, error.message),
      );
      return;
    }
    this.#forward({ ...target, headers, url, request, response });
  }

  #forward({ url, request, response, ...options }: ForwardedRequest): void {
    // The path is passed on as it came: what `URL` normalizes may be what the other side has to check.
    const pathAsSent = /^http:\/\/[^/?#]*([^#]*)/i.exec(request.url ?? '')?.[1] ?? '';
    const path = pathAsSent.startsWith('/') ? pathAsSent : `/${pathAsSent}`;
    const upstream = httpRequest({ ...options, path, method: request.method, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response).on('error', () => upstream.destroy());
      answer.on('error', () => response.destroy());
    });
    upstream.setTimeout(outboundSilenceTimeoutMs, () => upstream.destroy(new Error('Nothing moved for too long.')));
    upstream.on('error', (error) =>
      refuseProxyRequest(response, error instanceof AddressRefused ? 403 : 502, `${url.host}: ${error.message}`),
    );
    upstream.on('close', () => {
      // It wants another protocol, for which Node ends the request without a word.
      if (!response.headersSent) refuseProxyRequest(response, 502, `${url.host}: It gives no answer.`);
    });
    response.on('close', () => upstream.destroy());
    request.on('error', () => upstream.destroy()).pipe(upstream);
  }

  #handleConnect(authority: string, client: Duplex, head: Buffer): void {
    client.on('error', () => client.destroy());
    this.#tunnels.add(client);
    client.once('close', () => this.#tunnels.delete(client));
    const url = URL.parse(`http://${authority}/`);
    const port = Number(/:(\d{1,5})$/.exec(authority)?.[1]);
    if (!url || !port || this.#options.sockets.has(url.hostname))
      return refuseTunnel(client, 403, 'There is no way there.');
    this.#checkAddress(removeBrackets(url.hostname), port).then(
      () => this.#openTunnel({ host: removeBrackets(url.hostname), port }, client, head),
      (error) => refuseTunnel(client, 403, error.message),
    );
  }

  #openTunnel(place: { host: string; port: number }, client: Duplex, head: Buffer): void {
    const server = connect({ ...place, lookup: this.#lookupFor(place.port) });
    const connectTimer = setTimeout(() => server.destroy(new Error('It does not answer.')), outboundConnectTimeoutMs);
    let isConnected = false;
    server.once('connect', () => {
      clearTimeout(connectTimer);
      isConnected = true;
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) server.write(head);
      pipeTunnel(client, server);
    });
    server.on('error', (error) => {
      if (!isConnected) refuseTunnel(client, error instanceof AddressRefused ? 403 : 502, error.message);
    });
    server.once('close', () => {
      clearTimeout(connectTimer);
      if (isConnected) client.destroy();
    });
    client.once('close', () => server.destroy());
  }

  /** @throws AddressRefused for an address that isn't for sandboxes; names are checked when they are resolved */
  async #checkAddress(host: string, port: number): Promise<void> {
    if (isAddress(host) && !this.#mayReach(host, port, await readOwnAddresses()))
      throw new AddressRefused(refusalOf(host));
  }

  #mayReach(address: string, port: number, own: string[]): boolean {
    return isOpened(this.#opened, { host: address, port }) || mayBeReached(address, own);
  }

  #lookupFor(port: number): LookupFunction {
    const checked = makeCheckedLookup({
      resolve: this.#options.resolve ?? resolvePublic,
      choose: async (addresses) => {
        const own = await readOwnAddresses();
        return addresses.filter(({ address }) => this.#mayReach(address, port, own));
      },
      refuse: (hostname) => new AddressRefused(refusalOf(hostname)),
    });
    return (hostname, options, callback) =>
      (isOpened(this.#opened, { host: hostname, port }) ? lookup : checked)(hostname, options, callback);
  }

  get #opened(): readonly OpenedHost[] {
    return this.#options.openedHosts ?? [];
  }
}

type ForwardedRequest = {
  url: URL;
  request: IncomingMessage;
  response: ServerResponse;
  headers: IncomingMessage['headers'];
} & Record<string, unknown>;

const refusalOf = (host: string): string =>
  `${host} is not of the public internet: sandboxes reach nothing of this machine and of private networks.`;

/** Takes off the brackets that an IPv6 address has in URLs. */
const removeBrackets = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

function pipeTunnel(client: Duplex, server: Socket): void {
  server.setTimeout(outboundSilenceTimeoutMs, () => server.destroy());
  client.pipe(server).pipe(client);
}

function refuseProxyRequest(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${sentence}\n`);
}

function refuseTunnel(client: Duplex, status: number, sentence: string): void {
  const words = status === 403 ? 'Forbidden' : 'Bad Gateway';
  client.end(`HTTP/1.1 ${status} ${words}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${sentence}\n`);
}
