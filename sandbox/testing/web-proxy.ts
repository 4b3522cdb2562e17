// A proxy like a company's: it wants a user and a password, resolves names itself, and tunnels by CONNECT.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const credentials = { user: 'us er', password: 'pa:ss/word-of-the-proxy' };
export const proxyPassword = credentials.password;

export class WebProxy {
  /** The requests so far: `CONNECT host:port`, or the method and URL of what isn't tunnelled. */
  readonly asked: string[] = [];
  /** All bytes that clients sent through tunnels. */
  seen = '';
  /** The port of this machine that each `host:port` leads to. */
  readonly #routes: ReadonlyMap<string, number>;
  readonly #server = http.createServer((request, response) => this.#forward(request, response));
  readonly #sockets = new Set<Duplex>();

  private constructor(routes: Record<string, number>) {
    this.#routes = new Map(Object.entries(routes));
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#tunnel(request, socket));
    this.#server.on('connection', (socket: Socket) => void this.#sockets.add(socket));
  }

  static async start(routes: Record<string, number>): Promise<WebProxy> {
    const proxy = new WebProxy(routes);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The proxy's URL with user and password. */
  get url(): string {
    const { user, password } = credentials;
    return `http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tunnel(request: IncomingMessage, socket: Duplex): void {
    const { url = '' } = request;
    this.asked.push(`CONNECT ${url}`);
    socket
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        this.seen += chunk.toString('latin1');
      });
    if (!isAdmitted(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const port = this.#routes.get(url);
    if (port === undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.once('close', () => target.destroy());
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    this.asked.push(`${method} ${url}`);
    const { host, pathname, search } = new URL(url);
    const port = this.#routes.get(host);
    if (!isAdmitted(request) || port === undefined) return void response.writeHead(port ? 407 : 403).end();
    const { 'proxy-authorization': _, ...passed } = headers;
    const target = http.request(
      { port, host: '127.0.0.1', method, path: pathname + search, headers: passed },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(target);
  }
}

function isAdmitted({ headers }: IncomingMessage): boolean {
  const { user, password } = credentials;
  return headers['proxy-authorization'] === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
