// The HTTP and WebSocket server: the route table, and the way of every request from socket to answer.
import './uws-settings.ts'; // First, since uWebSockets.js reads them while it loads.
import {
  App,
  type HttpRequest,
  type HttpResponse,
  type TemplatedApp,
  us_listen_socket_close,
  us_socket_local_port,
} from 'uWebSockets.js';
import { failed, type Outcome } from '../../schema/error.ts';
import type { Principal } from '../access.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type Answer, Cors, problemAnswer, send } from './answer.ts';
import type { Auth } from './auth.ts';
import { failureOf } from './failure.ts';
import { type Call, type Connection, readCall } from './request.ts';
import { addSockets, type SocketParts } from './socket.ts';

type Method = 'get' | 'post' | 'patch' | 'del';

/** What a route does. Open routes have no principal. */
export type Route = { method: Method; pattern: string } & (
  | { isOpen: true; handle(call: Call): Promise<Outcome<Answer>> }
  | { isOpen: false; handle(call: Call, principal: Principal): Promise<Outcome<Answer>> }
);

export type ServerParts = {
  routes: readonly Route[];
  auth: Auth;
  origins: readonly string[];
  sockets: SocketParts;
  log: Log;
  metrics: Metrics;
};

const healthBody = JSON.stringify({ status: 'ok' });
const methodNames = { get: 'GET', post: 'POST', patch: 'PATCH', del: 'DELETE' } as const;

export class Server {
  readonly #parts: ServerParts;
  readonly #cors: Cors;
  readonly #app: TemplatedApp = App();
  #listenSocket: unknown;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#cors = new Cors(parts.origins);
    this.#app.get('/health', (res, req) => this.#health(res, req));
    for (const route of parts.routes)
      this.#app[route.method](route.pattern, (res, req) => this.#serve(res, req, route));
    addSockets(this.#app, parts.sockets);
    this.#app.options('/*', (res, req) => this.#refuseOrPreflight(res, req));
    this.#addRefusals();
  }

  /** @returns the port, which the system chose when asked for 0 */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#app.listen(host, port, (socket) => {
        if (!socket) return reject(new Error(`Port ${port} on ${host} is taken or not allowed; set PORT to another.`));
        this.#listenSocket = socket;
        resolve(us_socket_local_port(socket));
      });
    });
  }

  /** Takes no new connections; those that are there go on. */
  stopListening(): void {
    if (this.#listenSocket) us_listen_socket_close(this.#listenSocket as Parameters<typeof us_listen_socket_close>[0]);
    this.#listenSocket = undefined;
  }

  close(): void {
    this.#app.close();
  }

  /** The one answer without any work, since load balancers and load tests ask for nothing else. */
  #health(res: HttpResponse, req: HttpRequest): void {
    const origin = req.getHeader('origin');
    if (origin !== '') return this.#answer(res, { isAborted: false }, { status: 200, body: healthBody }, origin, false);
    res.writeHeader('Content-Type', 'application/json').end(healthBody);
  }

  #serve(res: HttpResponse, req: HttpRequest, route: Route): void {
    const connection: Connection = { isAborted: false };
    res.onAborted(() => {
      connection.isAborted = true;
    });
    const origin = req.getHeader('origin');
    const call = readCall(res, req, connection, route.pattern.split(':').length - 1);
    if (!call.ok) return this.#answer(res, connection, problemAnswer(call.failure), origin, true);
    void this.#outcomeOf(call.value, route).then((outcome) => {
      const answer = outcome.ok ? outcome.value : problemAnswer(outcome.failure);
      this.#answer(res, connection, answer, origin, answer.status === 413);
    });
  }

  /** Never rejects: what is thrown is a mistake of ours, or PostgreSQL away. */
  async #outcomeOf(call: Call, route: Route): Promise<Outcome<Answer>> {
    try {
      if (route.isOpen) return await route.handle(call);
      const principal = await this.#parts.auth.authenticate({
        authorization: call.headers.get('authorization') ?? '',
        userId: call.headers.get('x-user-id') ?? '',
        internalKey: call.headers.get('x-internal-key') ?? '',
      });
      return principal.ok ? await route.handle(call, principal.value) : principal;
    } catch (error) {
      return failureOf(error, this.#parts.log, route.pattern);
    }
  }

  #answer(res: HttpResponse, connection: Connection, answer: Answer, origin: string, closes: boolean): void {
    this.#parts.metrics.answered(answer.status);
    if (!connection.isAborted) send(res, answer, this.#cors.headersFor(origin), closes);
  }

  #refuseOrPreflight(res: HttpResponse, req: HttpRequest): void {
    this.#answer(res, { isAborted: false }, this.#cors.preflight(req.getHeader('origin')), '', false);
  }

  /** Known paths with another method get 405 and what they allow; all else 404. */
  #addRefusals(): void {
    const byPattern = Map.groupBy(this.#parts.routes, (route) => route.pattern);
    const allowed = new Map(
      [...byPattern].map(([pattern, routes]) => [pattern, routes.map((route) => methodNames[route.method])]),
    );
    allowed.set('/health', ['GET']);
    for (const [pattern, methods] of allowed)
      this.#refuse(pattern, () => {
        const failure = failed('wrongMethod', `This path takes ${methods.join(', ')} only.`).failure;
        return problemAnswer(failure, { Allow: methods.join(', ') });
      });
    this.#refuse('/api/v1/ws', () =>
      problemAnswer(failed('upgradeRequired', 'This path speaks WebSocket only.').failure, { Upgrade: 'websocket' }),
    );
    this.#refuse('/*', () => problemAnswer(failed('noSuchRoute', 'There is nothing at this path.').failure));
  }

  #refuse(pattern: string, answer: () => Answer): void {
    this.#app.any(pattern, (res, req) => {
      const origin = req.getHeader('origin');
      const refusal = answer();
      if (req.getMethod() === 'head') refusal.body = undefined; // It would be taken for the next answer.
      this.#answer(res, { isAborted: false }, refusal, origin, false);
    });
  }
}
