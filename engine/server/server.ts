// The HTTP and WebSocket server: answers requests of declared routes, and refuses all others.
import './uws-settings.ts'; // The settings come first, since uWebSockets.js reads them while it loads.
import { App, type HttpRequest, type HttpResponse, type TemplatedApp, us_listen_socket_close } from 'uWebSockets.js';
import { type ErrorCode, failed, type Outcome } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { webSocketPath } from '../../schema/protocol/client-frames/attach-query.ts';
import {
  type Download,
  methodNamesOf,
  type Redirect,
  redirectStatusOf,
  type WithCookies,
} from '../../schema/protocol/route.ts';
import { routes as declared } from '../../schema/protocol/routes.ts';
import type { AdminKey } from '../admin/admin-key.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { countedAs } from '../sessions/access.ts';
import type { AbortState } from './abort-state.ts';
import type { DeclarationCheck } from './answer-check.ts';
import type { Audit } from './audit.ts';
import type { Auth } from './auth.ts';
import type { CommandBudget } from './command-budget.ts';
import { Downloads, downloadHeadersOf } from './download.ts';
import { EventStreams, isStreamed, type StreamOpener } from './event-streams.ts';
import { HostAndOriginCheck, unknownHost } from './host-and-origin-check.ts';
import {
  type Answer,
  Cors,
  dropBody,
  encodeText,
  healthy,
  okAnswerOf,
  problemAnswerOf,
  redirectAnswerOf,
  writeAnswer,
  writeHealthy,
} from './http-answer.ts';
import type { KnownNames } from './known-names.ts';
import { type Listening, listen } from './listen.ts';
import type { OwnPages } from './own-pages.ts';
import { addPages, showConsole } from './page-answer.ts';
import { pagePatterns } from './pages.ts';
import { peerAddressOf } from './peer.ts';
import { problemPageOf } from './problem-page.ts';
import { accepts, type Headers, type RequestShape, readCall, readHeaders } from './request.ts';
import { RequestLog } from './request-log.ts';
import { RouteRunner, type RunnableRoute, type Visit } from './route-runner.ts';
import type { Route } from './routes/handler.ts';
import { addWebSocket, type SocketDependencies } from './socket.ts';

/** How one method of a route is served. */
type Served = RequestShape & { route: RunnableRoute; isHead: boolean };
/** A visit that is answered, and how its outcome is logged. */
type Answered = { visit: Visit; isHead: boolean; log(outcome: Outcome<unknown>): void };

export type ServerDependencies = {
  routes: readonly Route[];
  auth: Auth;
  adminKey: AdminKey;
  budget: CommandBudget;
  audit: Audit;
  declarationCheck: DeclarationCheck;
  /** The origins whose pages may call. */
  origins: KnownNames;
  /** The engine's own names. */
  hosts: KnownNames;
  ownPages: OwnPages;
  sockets: SocketDependencies;
  log: Log;
  metrics: Metrics;
};

const hostName = encodeText('host');
const originName = encodeText('origin');
const lengthName = encodeText('content-length');
const encodingName = encodeText('transfer-encoding');

const answerHealthy = (): Answer => okAnswerOf(healthy);

const { path: healthPath } = declared.checkHealth;

export class Server {
  readonly #dependencies: ServerDependencies;
  readonly #cors: Cors;
  readonly #hostAndOriginCheck: HostAndOriginCheck;
  readonly #runner: RouteRunner;
  readonly #streams: EventStreams;
  readonly #requestLog: RequestLog;
  readonly #routes: readonly RunnableRoute[];
  readonly #downloads: Downloads;
  readonly #app: TemplatedApp = App();
  #listening: Listening | undefined;

  constructor(dependencies: ServerDependencies) {
    this.#dependencies = dependencies;
    this.#cors = new Cors(dependencies.origins);
    this.#hostAndOriginCheck = new HostAndOriginCheck(dependencies);
    this.#runner = new RouteRunner(dependencies);
    this.#streams = new EventStreams(dependencies.sockets);
    this.#requestLog = new RequestLog(dependencies);
    this.#downloads = new Downloads(dependencies);
    this.#routes = dependencies.routes.map((route) => this.#runner.prepare(route));
    this.#app.get(healthPath, (res, req) => this.#answerHealth(res, req));
    this.#app.head(healthPath, (res, req) => this.#answerAtOnce(res, req, answerHealthy));
    for (const route of this.#routes) this.#addRoute(route);
    addPages(this.#app, { ...dependencies, hostAndOriginCheck: this.#hostAndOriginCheck });
    addWebSocket(this.#app, { ...dependencies.sockets, hostAndOriginCheck: this.#hostAndOriginCheck });
    this.#app.options('/*', (res, req) => this.#answerPreflight(res, req));
    this.#addRefusals();
  }

  #addRoute(route: RunnableRoute): void {
    const { method, body, files, upload } = route.declaration;
    const { parameterCount } = route;
    const served: Served = {
      route,
      body: body && (body.isForm ? 'form' : 'json'),
      uploadBytesMax: upload?.bytesMax,
      filesBytesMax: files && files.bytesMax + limits.bodyBytesMax,
      parameterCount,
      isHead: false,
    };
    const pages = { hostAndOriginCheck: this.#hostAndOriginCheck, metrics: this.#dependencies.metrics };
    const isStatus = route.declaration === declared.readStatus;
    const add = (as: 'get' | 'head' | 'post' | 'patch' | 'del', shape: Served) =>
      this.#app[as](route.pattern, (res, req) => {
        if (!isStatus || !showConsole(res, req, pages)) this.#serve(res, req, shape);
      });
    add(method === 'delete' ? 'del' : method, served);
    if (methodNamesOf(route.declaration).includes('HEAD')) add('head', { ...served, isHead: true });
  }

  /** @returns the port, which the system chooses for 0 @throws ConfigError with a sentence that says why not */
  async listen(host: string, port: number): Promise<number> {
    this.#listening = await listen(this.#app, host, port);
    return this.#listening.port;
  }

  /** Connections that are there go on. */
  stopListening(): void {
    if (!this.#listening) return;
    us_listen_socket_close(this.#listening.socket);
    this.#listening = undefined;
  }

  close(): void {
    this.#app.close();
  }

  /** The answer is prepared bytes, since load balancers and load tests ask for it all the time. */
  #answerHealth(res: HttpResponse, req: HttpRequest): void {
    if (req.getHeader(lengthName) !== '' || req.getHeader(encodingName) !== '')
      return this.#answerAtOnce(res, req, answerHealthy); // A request that announces a body is checked whole.
    if (!this.#hostAndOriginCheck.isKnownHost(req.getHeader(hostName))) return this.#refuseUnknownHost(res, req);
    const origin = req.getHeader(originName);
    writeHealthy(res, this.#cors.headersFor(origin));
  }

  #serve(res: HttpResponse, req: HttpRequest, served: Served): void {
    const { route, isHead } = served;
    const aborting: AbortState = { isAborted: false };
    const headers = readHeaders(req);
    const { origin } = headers;
    const { method, stream } = route.declaration;
    const isStream = stream !== undefined && !isHead && accepts(headers, stream.contentType);
    // Whoever follows a session is one of its clients, and brings it back into memory.
    const refusal = this.#hostAndOriginCheck.findRefusal(headers, method === 'get' && !isStream);
    if (refusal) {
      this.#logRefusal(res, route.pattern, headers, refusal.code);
      const checked = this.#runner.checkAnswer(route, { ok: false, failure: refusal });
      return this.#answerAndClose(res, shapeFor(isHead, shownAnswerOf(route, headers, checked)), origin);
    }
    const beganMs = this.#requestLog.now();
    const call = readCall(res, req, { aborting, headers, served });
    if (!call.ok) {
      const checked = this.#runner.checkAnswer(route, call);
      return this.#answer(res, shapeFor(isHead, shownAnswerOf(route, headers, checked)), origin, true);
    }
    const visit: Visit = {
      call: call.value,
      route,
      isStream,
      isNear: this.#isNear(res, headers),
      principal: undefined,
    };
    if (route.declaration.isForOwnPages) visit.address = peerAddressOf(res);
    const outcome = this.#runner.run(visit);
    if (!(outcome instanceof Promise)) {
      const log = (known: Outcome<unknown>) =>
        this.#requestLog.logOutcome(visit, known, beganMs, () => peerAddressOf(res));
      return this.#answerVisit(res, { visit, isHead, log }, outcome);
    }
    const address = peerAddressOf(res); // The connection may be gone later.
    const log = (known: Outcome<unknown>) => this.#requestLog.logOutcome(visit, known, beganMs, () => address);
    res.onAborted(() => {
      aborting.isAborted = true;
      aborting.onAborted?.();
    });
    void outcome.then((awaited) => {
      if (aborting.isAborted) {
        log(awaited);
        return this.#dependencies.metrics.countAnswer(answerOf(route, awaited).status);
      }
      res.cork(() => this.#answerVisit(res, { visit, isHead, log }, awaited));
    });
  }

  #answerVisit(res: HttpResponse, { visit, isHead, log }: Answered, outcome: Outcome<unknown>): void {
    const { route, call, principal, isStream } = visit;
    const { origin } = call.headers;
    const user = principal ? countedAs(principal) : '';
    if (isStream && isStreamed(outcome)) {
      const asked = { user, signIn: principal?.signIn, cors: this.#cors.headersFor(origin), logOutcome: log };
      return this.#streams.open(res, asked, outcome as Outcome<StreamOpener>);
    }
    log(outcome);
    if (outcome.ok && route.declaration.answer.downloads && !isHead)
      return this.#downloads.send(res, outcome.value as Download, { user, cors: this.#cors.headersFor(origin) });
    const answer = shapeFor(isHead, shownAnswerOf(route, call.headers, outcome));
    const isCut = call.upload?.drop() === true; // Nothing that is left of a body must count as the next request.
    this.#answer(res, answer, origin, isCut || answer.status === 413);
  }

  /** The caller's nearness is looked at only where authentication needs it. */
  #isNear(res: HttpResponse, headers: Headers): boolean {
    return this.#dependencies.auth.isNearnessNeeded && this.#hostAndOriginCheck.isNear(headers, peerAddressOf(res));
  }

  #logRefusal(
    res: HttpResponse,
    asked: string,
    { forwardedFor }: Pick<Headers, 'forwardedFor'>,
    code: ErrorCode,
  ): void {
    this.#requestLog.logRefusal(asked, { address: peerAddressOf(res), forwardedFor }, code);
  }

  /** Must be called within a handler of uWebSockets.js or its `cork`, which send what is written as one packet. */
  #answer(res: HttpResponse, answer: Answer, origin: string, closes = false): void {
    this.#dependencies.metrics.countAnswer(answer.status);
    writeAnswer(res, answer, this.#cors.headersFor(origin), closes);
  }

  /**
   * The answer waits for a turn of its own, since uWebSockets.js would otherwise answer the requests behind it in the same
   * packet before it closes.
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

  #refuseUnknownHost(res: HttpResponse, req: HttpRequest): void {
    this.#logRefusal(res, 'any path', { forwardedFor: req.getHeader('x-forwarded-for') }, unknownHost.code);
    this.#answer(res, shapeFor(req.getMethod() === 'head', problemAnswerOf(unknownHost)), '', true);
  }

  #answerPreflight(res: HttpResponse, req: HttpRequest): void {
    this.#answerAtOnce(res, req, () => this.#cors.preflight(req.getHeader('origin')));
  }

  /** The answer needs nothing of the request but a known host and a clear length. */
  #answerAtOnce(res: HttpResponse, req: HttpRequest, answer: () => Answer): void {
    const headers = readHeaders(req);
    if (!this.#hostAndOriginCheck.isKnownHost(headers.host)) return this.#refuseUnknownHost(res, req);
    const refusal = this.#hostAndOriginCheck.findRefusal(headers, true);
    const given = refusal ? problemAnswerOf(refusal) : answer();
    const origin = req.getMethod() === 'options' ? '' : headers.origin;
    const shown = shapeFor(req.getMethod() === 'head', given);
    if (refusal) this.#answerAndClose(res, shown, origin);
    else this.#answer(res, shown, origin);
  }

  /** A known path with another method gets 405 and the methods that it takes; everything else gets 404. */
  #addRefusals(): void {
    const byPattern = Map.groupBy(this.#routes, (route) => route.pattern);
    const allowed = new Map(
      [...byPattern].map(([pattern, routes]) => [
        pattern,
        routes.flatMap(({ declaration }) => methodNamesOf(declaration)),
      ]),
    );
    for (const path of [healthPath, ...pagePatterns]) allowed.set(path, ['GET', 'HEAD']);
    for (const [pattern, methods] of allowed) {
      const refuse = () => {
        const failure = failed('wrongMethod', `This path takes ${methods.join(', ')} only.`).failure;
        return problemAnswerOf(failure, { Allow: methods.join(', ') });
      };
      this.#addRefusal(pattern, refuse);
      // The console's pages stand at every path below theirs, and would answer in place of a route's refusal.
      for (const method of ['get', 'head'] as const)
        if (!methods.includes(method.toUpperCase()))
          this.#app[method](pattern, (res, req) => this.#answerAtOnce(res, req, refuse));
    }
    this.#addRefusal(webSocketPath, () =>
      problemAnswerOf(failed('upgradeRequired', 'This path speaks WebSocket only.').failure, { Upgrade: 'websocket' }),
    );
    this.#addRefusal('/*', () => problemAnswerOf(failed('noSuchRoute', 'There is nothing at this path.').failure));
  }

  #addRefusal(pattern: string, answer: () => Answer): void {
    this.#app.any(pattern, (res, req) => this.#answerAtOnce(res, req, answer));
  }
}

/** HEAD gets no body, which would be taken for the next answer. */
const shapeFor = (isHead: boolean, answer: Answer): Answer => (isHead ? dropBody(answer) : answer);

/** Who was sent here with a browser gets a problem as a page. */
function shownAnswerOf(route: RunnableRoute, headers: Headers, outcome: Outcome<unknown>): Answer {
  const isPage = !outcome.ok && route.declaration.answer.redirects !== undefined && accepts(headers, 'text/html');
  return isPage ? problemPageOf(outcome.failure) : answerOf(route, outcome);
}

function answerOf({ declaration }: RunnableRoute, outcome: Outcome<unknown>): Answer {
  if (!outcome.ok) return problemAnswerOf(outcome.failure);
  if (outcome.value === undefined) return { status: 204, body: undefined };
  const { downloads, contentType, redirects, setsCookies } = declaration.answer;
  if (redirects !== undefined) return redirectAnswerOf(outcome.value as Redirect, redirectStatusOf(declaration));
  if (setsCookies) {
    const { body, cookies } = outcome.value as WithCookies<unknown>;
    return { ...okAnswerOf(body, contentType), cookies };
  }
  // Its body is sent by itself; HEAD gets the headers alone.
  if (downloads) return { status: 200, headers: downloadHeadersOf(outcome.value as Download), body: undefined };
  return okAnswerOf(outcome.value, contentType);
}
