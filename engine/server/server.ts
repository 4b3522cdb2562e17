// The HTTP and WebSocket server: the route table, and the way of every request from socket to answer.
import './uws-settings.ts'; // First, since uWebSockets.js reads them while it loads.
import { App, type HttpRequest, type HttpResponse, type TemplatedApp, us_listen_socket_close } from 'uWebSockets.js';
import { failed, type Outcome } from '../../schema/error.ts';
import type { Principal } from '../access.ts';
import type { KnownNames } from '../known-names.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type Answer, Cors, problemAnswer, writeAnswer, writeHealthy } from './answer.ts';
import type { Auth } from './auth.ts';
import { Door, unknownHost } from './door.ts';
import { failureOf } from './failure.ts';
import { type Listening, listen } from './listen.ts';
import { addressOf, isLocal } from './peer.ts';
import { type Call, type Connection, type Headers, type RequestShape, readCall, readHeaders } from './request.ts';
import { addSockets, type SocketParts } from './socket.ts';

/** A route with what is the same for all its requests. */
type Served = RequestShape & { route: Route };

type Method = 'get' | 'post' | 'patch' | 'del';

/** At once where nothing has to be waited for: a promise costs more than many an answer. */
export type Answering = Outcome<Answer> | Promise<Outcome<Answer>>;

/** What a route does. Open routes have no principal. */
export type Route = { method: Method; pattern: string } & (
  | { isOpen: true; handle(call: Call): Answering }
  | { isOpen: false; handle(call: Call, principal: Principal): Answering }
);

export type ServerParts = {
  routes: readonly Route[];
  auth: Auth;
  /** Pages of which origins may call. */
  origins: KnownNames;
  /** What the engine is called. */
  hosts: KnownNames;
  sockets: SocketParts;
  log: Log;
  metrics: Metrics;
};

const methodNames = { get: 'GET', post: 'POST', patch: 'PATCH', del: 'DELETE' } as const;

export class Server {
  readonly #parts: ServerParts;
  readonly #cors: Cors;
  readonly #door: Door;
  readonly #app: TemplatedApp = App();
  #listening: Listening | undefined;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#cors = new Cors(parts.origins);
    this.#door = new Door(parts);
    this.#app.get('/health', (res, req) => this.#health(res, req));
    for (const route of parts.routes) {
      const parameterCount = route.pattern.split(':').length - 1;
      const hasBody = route.method === 'post' || route.method === 'patch';
      const served: Served = { route, hasBody, parameterCount };
      this.#app[route.method](route.pattern, (res, req) => this.#serve(res, req, served));
    }
    addSockets(this.#app, { ...parts.sockets, door: this.#door });
    this.#app.options('/*', (res, req) => this.#refuseOrPreflight(res, req));
    this.#addRefusals();
  }

  /** @returns the port, which the system chose when asked for 0 @throws ConfigError in a sentence that says why not */
  async listen(host: string, port: number): Promise<number> {
    this.#listening = await listen(this.#app, host, port);
    return this.#listening.port;
  }

  /** Takes no new connections; those that are there go on. */
  stopListening(): void {
    if (!this.#listening) return;
    us_listen_socket_close(this.#listening.socket);
    this.#listening = undefined;
  }

  close(): void {
    this.#app.close();
  }

  /** The one answer without any work, since load balancers and load tests ask for nothing else. */
  #health(res: HttpResponse, req: HttpRequest): void {
    if (!this.#door.isKnownHost(req.getHeader('host'))) return this.#turnAway(res, req);
    const origin = req.getHeader('origin');
    writeHealthy(res, this.#cors.headersFor(origin));
  }

  #serve(res: HttpResponse, req: HttpRequest, served: Served): void {
    const { route } = served;
    const connection: Connection = { isAborted: false };
    const headers = readHeaders(req);
    const { origin } = headers;
    const unwanted = this.#door.refusalOf(headers, route.method === 'get');
    if (unwanted) return this.#answer(res, problemAnswer(unwanted), origin, true);
    const call = readCall(res, req, { connection, headers, served });
    if (!call.ok) return this.#answer(res, problemAnswer(call.failure), origin, true);
    const outcome = this.#outcomeOf(call.value, route, this.#isNear(res, headers));
    if (!(outcome instanceof Promise)) return this.#answer(res, answerOf(outcome), origin);
    res.onAborted(() => {
      connection.isAborted = true;
    });
    void outcome.then((later) => {
      const answer = answerOf(later);
      if (connection.isAborted) return this.#parts.metrics.answered(answer.status);
      res.cork(() => this.#answer(res, answer, origin, answer.status === 413));
    });
  }

  /** Whether a caller is on this machine and no page of a stranger: found out where it matters only. */
  #isNear(res: HttpResponse, headers: Headers): boolean {
    if (!this.#parts.auth.isNearnessAsked) return false;
    return isLocal(addressOf(res), headers.forwardedFor) && this.#door.isOfNamedOrigin(headers);
  }

  /** Never rejects: what is thrown is a mistake of ours, or PostgreSQL away. */
  #outcomeOf(call: Call, route: Route, isNear: boolean): Answering {
    try {
      const outcome = route.isOpen ? route.handle(call) : this.#outcomeForCaller(call, route, isNear);
      return outcome instanceof Promise ? outcome.catch((error) => this.#failure(error, route)) : outcome;
    } catch (error) {
      return this.#failure(error, route);
    }
  }

  #outcomeForCaller(call: Call, route: Route & { isOpen: false }, isNear: boolean): Answering {
    const principal = this.#parts.auth.authenticate(call.headers, isNear);
    if (principal instanceof Promise)
      return principal.then((later) => (later.ok ? route.handle(call, later.value) : later));
    return principal.ok ? route.handle(call, principal.value) : principal;
  }

  #failure(error: unknown, route: Route): Outcome<Answer> {
    return failureOf(error, this.#parts.log, route.pattern);
  }

  /** Within a handler of uWebSockets.js or its `cork`, which sends what is written here as one packet. */
  #answer(res: HttpResponse, answer: Answer, origin: string, closes = false): void {
    this.#parts.metrics.answered(answer.status);
    writeAnswer(res, answer, this.#cors.headersFor(origin), closes);
  }

  /** Whoever calls this engine by a name that isn't its own. */
  #turnAway(res: HttpResponse, req: HttpRequest): void {
    const refusal = problemAnswer(unknownHost);
    if (req.getMethod() === 'head') refusal.body = undefined; // It would be taken for the next answer.
    this.#answer(res, refusal, '', true);
  }

  #refuseOrPreflight(res: HttpResponse, req: HttpRequest): void {
    if (!this.#door.isKnownHost(req.getHeader('host'))) return this.#turnAway(res, req);
    this.#answer(res, this.#cors.preflight(req.getHeader('origin')), '');
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
      if (!this.#door.isKnownHost(req.getHeader('host'))) return this.#turnAway(res, req);
      const origin = req.getHeader('origin');
      const refusal = answer();
      if (req.getMethod() === 'head') refusal.body = undefined; // It would be taken for the next answer.
      this.#answer(res, refusal, origin);
    });
  }
}

const answerOf = (outcome: Outcome<Answer>): Answer => (outcome.ok ? outcome.value : problemAnswer(outcome.failure));
