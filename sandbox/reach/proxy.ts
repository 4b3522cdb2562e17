// The one way out of confined sandboxes: an HTTP proxy on a Unix socket, which connects to the public internet only.
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
import { isAddress, mayBeReached } from '../../schema/rules/address.ts';
import { isOpened, type OpenedHost } from '../../schema/rules/opened-hosts.ts';
import { type Resolve, resolvePublic } from '../git/upstream.ts';
import { ownAddresses } from './own-addresses.ts';

export type ProxyOptions = {
  socketPath: string;
  /** Names that lead to sockets of this machine, over http and its usual port: the git gateway. */
  sockets: ReadonlyMap<string, string>;
  resolve?: Resolve;
  /** What the operator opens beside the public internet. */
  openedHosts?: readonly OpenedHost[];
};

class Refused extends Error {
  override readonly name = 'Refused';
}

/** Headers that are between a client and its proxy. */
const hopHeaders = ['proxy-connection', 'proxy-authorization', 'connection', 'keep-alive', 'te', 'upgrade'];

export class ReachProxy {
  readonly #server: Server;
  readonly #options: ProxyOptions;
  readonly #tunnels = new Set<Duplex>();

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer({ maxHeaderSize: limits.gitHeadersBytesMax, requestTimeout: 0 })
      .on('request', (request, response) => this.#pass(request, response))
      .on('connect', (request, client, head) => this.#tunnel(request.url ?? '', client, head));
    this.#server.maxConnections = limits.reachConnectionsMax;
  }

  static async open(options: ProxyOptions): Promise<ReachProxy> {
    const proxy = new ReachProxy(options);
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

  /** Plain http: the request's line has the whole URL. */
  #pass(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(request.url ?? '');
    if (url?.protocol !== 'http:') return refuse(response, 400, 'This is a proxy: ask it for a whole http:// URL.');
    const socketPath = url.port === '' ? this.#options.sockets.get(url.hostname) : undefined;
    if (socketPath === undefined && this.#options.sockets.has(url.hostname))
      return refuse(response, 403, 'Only its usual port is reached.');
    const way =
      socketPath === undefined
        ? { lookup: this.#lookupFor(Number(url.port || 80)), host: bare(url.hostname), port: url.port || 80 }
        : { socketPath };
    const headers = { ...request.headers, host: url.host };
    for (const name of hopHeaders) delete headers[name as keyof typeof headers];
    if (!('socketPath' in way) && isAddress(bare(url.hostname))) {
      this.#judge(bare(url.hostname), Number(url.port || 80)).then(
        () => this.#forward({ ...way, headers, url, request, response }),
        (error) => refuse(response, 403, error.message),
      );
      return;
    }
    this.#forward({ ...way, headers, url, request, response });
  }

  #forward({ url, request, response, ...way }: Forwarded): void {
    // The path is taken as it came: what `URL` tidies up may be what the other side has to judge.
    const target = /^http:\/\/[^/?#]*([^#]*)/i.exec(request.url ?? '')?.[1] ?? '';
    const path = target.startsWith('/') ? target : `/${target}`;
    const upstream = httpRequest({ ...way, path, method: request.method, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response).on('error', () => upstream.destroy());
      answer.on('error', () => response.destroy());
    });
    upstream.setTimeout(limits.reachSilenceTimeoutMs, () => upstream.destroy(new Error('Nothing moved for too long.')));
    upstream.on('error', (error) =>
      refuse(response, error instanceof Refused ? 403 : 502, `${url.host}: ${error.message}`),
    );
    response.on('close', () => upstream.destroy());
    request.on('error', () => upstream.destroy()).pipe(upstream);
  }

  /** CONNECT: bytes go through as they are. */
  #tunnel(authority: string, client: Duplex, head: Buffer): void {
    client.on('error', () => client.destroy());
    this.#tunnels.add(client);
    client.once('close', () => this.#tunnels.delete(client));
    const url = URL.parse(`http://${authority}/`);
    const port = Number(/:(\d{1,5})$/.exec(authority)?.[1]);
    if (!url || !port || this.#options.sockets.has(url.hostname)) return end(client, 403, 'There is no way there.');
    this.#judge(bare(url.hostname), port).then(
      () => this.#connect({ host: bare(url.hostname), port }, client, head),
      (error) => end(client, 403, error.message),
    );
  }

  #connect(place: { host: string; port: number }, client: Duplex, head: Buffer): void {
    const server = connect({ ...place, lookup: this.#lookupFor(place.port) });
    const late = setTimeout(() => server.destroy(new Error('It does not answer.')), limits.reachConnectTimeoutMs);
    let isConnected = false;
    server.once('connect', () => {
      clearTimeout(late);
      isConnected = true;
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) server.write(head);
      join(client, server);
    });
    server.on('error', (error) => {
      if (!isConnected) end(client, error instanceof Refused ? 403 : 502, error.message);
    });
    server.once('close', () => {
      clearTimeout(late);
      if (isConnected) client.destroy();
    });
    client.once('close', () => server.destroy());
  }

  /** @throws Refused for an address that isn't for sandboxes; names are judged by what they lead to */
  async #judge(host: string, port: number): Promise<void> {
    if (isAddress(host) && !this.#mayReach(host, port, await ownAddresses())) throw new Refused(refusal(host));
  }

  #mayReach(address: string, port: number, own: string[]): boolean {
    return isOpened(this.#opened, { host: address, port }) || mayBeReached(address, own);
  }

  /** The address that was judged is the one that is connected to: a name that is asked twice may answer differently. */
  #lookupFor(port: number): LookupFunction {
    const { resolve = resolvePublic } = this.#options;
    return (hostname, options, callback) => {
      if (isOpened(this.#opened, { host: hostname, port })) return lookup(hostname, options, callback);
      const found = Promise.all([resolve(hostname), ownAddresses()]).then(([addresses, own]) =>
        addresses.filter(({ address }) => this.#mayReach(address, port, own)),
      );
      found.then(
        ([first, ...others]) => {
          if (!first) callback(new Refused(refusal(hostname)), '');
          else if (options.all) callback(null, [first, ...others]);
          else callback(null, first.address, first.family);
        },
        (error) => callback(error, ''),
      );
    };
  }

  get #opened(): readonly OpenedHost[] {
    return this.#options.openedHosts ?? [];
  }
}

type Forwarded = {
  url: URL;
  request: IncomingMessage;
  response: ServerResponse;
  headers: IncomingMessage['headers'];
} & Record<string, unknown>;

const refusal = (host: string): string =>
  `${host} is not of the public internet: sandboxes reach nothing of this machine and of private networks.`;

/** An IPv6 address without the brackets that it has in URLs. */
const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

function join(client: Duplex, server: Socket): void {
  server.setTimeout(limits.reachSilenceTimeoutMs, () => server.destroy());
  client.pipe(server).pipe(client);
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${sentence}\n`);
}

function end(client: Duplex, status: number, sentence: string): void {
  const words = status === 403 ? 'Forbidden' : 'Bad Gateway';
  client.end(`HTTP/1.1 ${status} ${words}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${sentence}\n`);
}
