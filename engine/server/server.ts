// The HTTP and WebSocket server: the route table, and the way of every request from socket to answer.
import './uws-settings.ts'; // First, since uWebSockets.js reads them while it loads.
import { App, type HttpRequest, type HttpResponse, type TemplatedApp, us_listen_socket_close } from 'uWebSockets.js';
import { type ErrorCode, failed, type Outcome } from '../../schema/error.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Principal } from '../sessions/access.ts';
import { type Audit, type AuditedAct, type AuditedCaller, isRefusal } from './audit.ts';
import type { Auth } from './auth.ts';
import { HostAndOriginCheck, unknownHost } from './host-and-origin-check.ts';
import {
  type Answer,
  Cors,
  dropBody,
  encodeText,
  ok,
  problemAnswerOf,
  writeAnswer,
  writeHealthy,
} from './http-answer.ts';
import type { KnownNames } from './known-names.ts';
import { type Listening, listen } from './listen.ts';
import { peerAddressOf } from './peer.ts';
import { type AbortState, type Call, type Headers, type RequestShape, readCall, readHeaders } from './request.ts';
import { addWebSocket, type SocketDependencies } from './socket.ts';
import { convertThrown } from './thrown.ts';

/** A route with what is the same for all its requests. */
type Served = RequestShape & { route: Route; isHead: boolean };

type Method = 'get' | 'post' | 'patch' | 'del';

/** One request on its way, and whose it turned out to be. */
type Visit = { call: Call; route: Route; isNear: boolean; user: string | undefined };

/** At once where nothing has to be waited for: a promise costs more than many an answer. */
export type Answering = Outcome<Answer> | Promise<Outcome<Answer>>;

/** What the log tells of a route's requests. */
export type Told = {
  deed: AuditedAct;
  /** To which session or chat, by the request and the body of its answer. */
  of(call: Call, body: unknown): { session?: string | undefined; chat?: string | undefined };
};

/** What a route does. Open routes have no principal. */
export type Route = { method: Method; pattern: string; told?: Told } & (
  | { isOpen: true; handle(call: Call): Answering }
  | { isOpen: false; handle(call: Call, principal: Principal): Answering }
);

export type ServerDependencies = {
  routes: readonly Route[];
  auth: Auth;
  audit: Audit;
  /** Pages of which origins may call. */
  origins: KnownNames;
  /** What the engine is called. */
  hosts: KnownNames;
  sockets: SocketDependencies;
  log: Log;
  metrics: Metrics;
};

const hostName = encodeText('host');
const originName = encodeText('origin');
const lengthName = encodeText('content-length');
const encodingName = encodeText('transfer-encoding');

const healthy = (): Answer => ok({ status: 'ok' });

const methodNames = { get: ['GET', 'HEAD'], post: ['POST'], patch: ['PATCH'], del: ['DELETE'] } as const;

export class Server {
  readonly #dependencies: ServerDependencies;
  readonly #cors: Cors;
  readonly #hostAndOriginCheck: HostAndOriginCheck;
  readonly #app: TemplatedApp = App();
  #listening: Listening | undefined;

  constructor(parts: ServerDependencies) {
    this.#dependencies = parts;
    this.#cors = new Cors(parts.origins);
    this.#hostAndOriginCheck = new HostAndOriginCheck(parts);
    this.#app.get('/health', (res, req) => this.#health(res, req));
    this.#app.head('/health', (res, req) => this.#answerAtOnce(res, req, healthy));
    for (const route of parts.routes) {
      const parameterCount = route.pattern.split(':').length - 1;
      const hasBody = route.method === 'post' || route.method === 'patch';
      const served: Served = { route, hasBody, parameterCount, isHead: false };
      this.#app[route.method](route.pattern, (res, req) => this.#serve(res, req, served));
      if (route.method !== 'get') continue;
      const asHead = { ...served, isHead: true };
      this.#app.head(route.pattern, (res, req) => this.#serve(res, req, asHead));
    }
    addWebSocket(this.#app, { ...parts.sockets, door: this.#hostAndOriginCheck });
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
    if (req.getHeader(lengthName) !== '' || req.getHeader(encodingName) !== '')
      return this.#answerAtOnce(res, req, healthy); // Who announces a body is looked at more closely.
    if (!this.#hostAndOriginCheck.isKnownHost(req.getHeader(hostName))) return this.#turnAway(res, req);
    const origin = req.getHeader(originName);
    writeHealthy(res, this.#cors.headersFor(origin));
  }

  #serve(res: HttpResponse, req: HttpRequest, served: Served): void {
    const { route, isHead } = served;
    const connection: AbortState = { isAborted: false };
    const headers = readHeaders(req);
    const { origin } = headers;
    const unwanted = this.#hostAndOriginCheck.findRefusal(headers, route.method === 'get');
    if (unwanted) {
      this.#refused(res, route.pattern, headers, unwanted.code);
      return this.#answerAndClose(res, shownTo(isHead, problemAnswerOf(unwanted)), origin);
    }
    const beganMs = this.#dependencies.log.isDebug ? performance.now() : 0;
    const call = readCall(res, req, { connection, headers, served });
    if (!call.ok) return this.#answer(res, shownTo(isHead, problemAnswerOf(call.failure)), origin, true);
    const visit: Visit = { call: call.value, route, isNear: this.#isNear(res, headers), user: undefined };
    const outcome = this.#outcomeOf(visit);
    if (!(outcome instanceof Promise)) {
      if (isToBeTold(outcome, route)) this.#tell(visit, peerAddressOf(res), outcome);
      if (beganMs > 0) this.#noted(visit, outcome, beganMs);
      return this.#answer(res, shownTo(isHead, answerOf(outcome)), origin);
    }
    const address = peerAddressOf(res); // Later the connection may be gone.
    res.onAborted(() => {
      connection.isAborted = true;
    });
    void outcome.then((later) => {
      if (isToBeTold(later, route)) this.#tell(visit, address, later);
      if (beganMs > 0) this.#noted(visit, later, beganMs);
      const answer = shownTo(isHead, answerOf(later));
      if (connection.isAborted) return this.#dependencies.metrics.countAnswer(answer.status);
      res.cork(() => this.#answer(res, answer, origin, answer.status === 413));
    });
  }

  /** Whether a caller is on this machine and no page of a stranger: found out where it matters only. */
  #isNear(res: HttpResponse, headers: Headers): boolean {
    return this.#dependencies.auth.isNearnessNeeded && this.#hostAndOriginCheck.isNear(headers, peerAddressOf(res));
  }

  /** Never rejects: what is thrown is a mistake of ours, or PostgreSQL away. */
  #outcomeOf(visit: Visit): Answering {
    const { call, route } = visit;
    try {
      const outcome = route.isOpen ? route.handle(call) : this.#outcomeForCaller(visit, route);
      return outcome instanceof Promise ? outcome.catch((error) => this.#failure(error, route)) : outcome;
    } catch (error) {
      return this.#failure(error, route);
    }
  }

  #outcomeForCaller(visit: Visit, route: Route & { isOpen: false }): Answering {
    const { call, isNear } = visit;
    const handled = (principal: Outcome<Principal>) => {
      if (!principal.ok) return principal;
      visit.user = principal.value.userId;
      return route.handle(call, principal.value);
    };
    const principal = this.#dependencies.auth.authenticate(call.headers, isNear);
    return principal instanceof Promise ? principal.then(handled) : handled(principal);
  }

  #tell({ call, route, user }: Visit, address: string, outcome: Outcome<Answer>): void {
    const visitor: AuditedCaller = { user, address, forwardedFor: call.headers.forwardedFor };
    const ending = {
      ...route.told?.of(call, outcome.ok ? outcome.value.body : undefined),
      outcome: outcome.ok ? ('done' as const) : outcome.failure.code,
    };
    if (route.told) this.#dependencies.audit.logAct(route.told.deed, visitor, ending);
    else this.#dependencies.audit.logRefusal(route.pattern, visitor, ending);
  }

  #noted({ route, user }: Visit, outcome: Outcome<Answer>, beganMs: number): void {
    this.#dependencies.log.debug('request.answered', {
      method: methodNames[route.method][0],
      path: route.pattern,
      user: user ?? null,
      outcome: outcome.ok ? outcome.value.status : outcome.failure.code,
      tookMs: Math.round(performance.now() - beganMs),
    });
  }

  /** Somebody who didn't get as far as to say who they are. */
  #refused(
    res: HttpResponse,
    asked: string,
    { forwardedFor }: Pick<Headers, 'forwardedFor'>,
    outcome: ErrorCode,
  ): void {
    this.#dependencies.audit.logRefusal(
      asked,
      { user: undefined, address: peerAddressOf(res), forwardedFor },
      { outcome },
    );
  }

  #failure(error: unknown, route: Route): Outcome<Answer> {
    return convertThrown(error, this.#dependencies.log, route.pattern);
  }

  /** Within a handler of uWebSockets.js or its `cork`, which sends what is written here as one packet. */
  #answer(res: HttpResponse, answer: Answer, origin: string, closes = false): void {
    this.#dependencies.metrics.countAnswer(answer.status);
    writeAnswer(res, answer, this.#cors.headersFor(origin), closes);
  }

  /**
   * In a turn of its own: uWebSockets.js would answer what stands behind in the same packet before it closes. So it cuts the
   * connection of who sent more than one request.
   */
  #answerAndClose(res: HttpResponse, answer: Answer, origin: string): void {
    let isAborted = false;
    res.onAborted(() => {
      isAborted = true;
    });
    setImmediate(() => {
      if (!isAborted) res.cork(() => this.#answer(res, answer, origin, true));
    });
  }

  /** Whoever calls this engine by a name that isn't its own. */
  #turnAway(res: HttpResponse, req: HttpRequest): void {
    this.#refused(res, 'any path', { forwardedFor: req.getHeader('x-forwarded-for') }, unknownHost.code);
    this.#answer(res, shownTo(req.getMethod() === 'head', problemAnswerOf(unknownHost)), '', true);
  }

  #refuseOrPreflight(res: HttpResponse, req: HttpRequest): void {
    this.#answerAtOnce(res, req, () => this.#cors.preflight(req.getHeader('origin')));
  }

  /** What needs nothing of the request, once it is clear where it is sent to and where it ends. */
  #answerAtOnce(res: HttpResponse, req: HttpRequest, answer: () => Answer): void {
    const headers = readHeaders(req);
    if (!this.#hostAndOriginCheck.isKnownHost(headers.host)) return this.#turnAway(res, req);
    const unwanted = this.#hostAndOriginCheck.findRefusal(headers, true);
    const given = unwanted ? problemAnswerOf(unwanted) : answer();
    const origin = req.getMethod() === 'options' ? '' : headers.origin;
    const shown = shownTo(req.getMethod() === 'head', given);
    if (unwanted) this.#answerAndClose(res, shown, origin);
    else this.#answer(res, shown, origin);
  }

  /** Known paths with another method get 405 and what they allow; all else 404. */
  #addRefusals(): void {
    const byPattern = Map.groupBy(this.#dependencies.routes, (route) => route.pattern);
    const allowed = new Map(
      [...byPattern].map(([pattern, routes]) => [pattern, routes.flatMap(({ method }) => methodNames[method])]),
    );
    allowed.set('/health', [...methodNames.get]);
    for (const [pattern, methods] of allowed)
      this.#refuse(pattern, () => {
        const failure = failed('wrongMethod', `This path takes ${methods.join(', ')} only.`).failure;
        return problemAnswerOf(failure, { Allow: methods.join(', ') });
      });
    this.#refuse('/api/v1/ws', () =>
      problemAnswerOf(failed('upgradeRequired', 'This path speaks WebSocket only.').failure, { Upgrade: 'websocket' }),
    );
    this.#refuse('/*', () => problemAnswerOf(failed('noSuchRoute', 'There is nothing at this path.').failure));
  }

  #refuse(pattern: string, answer: () => Answer): void {
    this.#app.any(pattern, (res, req) => this.#answerAtOnce(res, req, answer));
  }
}

/** What every request costs a look at: most are told of only when they are refused. */
const isToBeTold = (outcome: Outcome<Answer>, route: Route): boolean =>
  route.told !== undefined || (!outcome.ok && isRefusal(outcome.failure.code));

/** HEAD gets no body: it would be taken for the next answer. */
const shownTo = (isHead: boolean, answer: Answer): Answer => (isHead ? dropBody(answer) : answer);

const answerOf = (outcome: Outcome<Answer>): Answer => (outcome.ok ? outcome.value : problemAnswerOf(outcome.failure));
