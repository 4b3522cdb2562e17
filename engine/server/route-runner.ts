// Runs a request through its route: who calls, the caller's budget, the input, the handler, the answer.
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import { isShareToken } from '../../schema/protocol/share-token.ts';
import type { AdminKey } from '../admin/admin-key.ts';
import type { Log } from '../log.ts';
import { findAccessRefusal, type Principal } from '../sessions/access.ts';
import { type DeclarationCheck, findUndeclared } from './answer-check.ts';
import type { SignInNotes } from './audit.ts';
import { type Auth, type Credentials, sharesByHeader } from './auth.ts';
import type { CommandBudget } from './command-budget.ts';
import type { KnownNames } from './known-names.ts';
import { readMultipart } from './multipart-body.ts';
import type { OwnPages } from './own-pages.ts';
import { parsePath } from './path-pattern.ts';
import type { Call } from './request.ts';
import { RouteInput } from './route-input.ts';
import type { Answering, Page, Route } from './routes/handler.ts';
import { convertThrown } from './thrown.ts';
import { UploadPlaces } from './upload-places.ts';

export type RunnableRoute = Route & {
  input: RouteInput;
  /** The path as uWebSockets.js and the log write it: `/api/v1/chats/:id`. */
  pattern: string;
  parameterCount: number;
};

/** One request; `principal` is known once the caller is identified. */
export type Visit = {
  call: Call;
  route: RunnableRoute;
  /** Whether it asks for the route's stream. */
  isStream: boolean;
  isNear: boolean;
  principal: Principal | undefined;
  /** Of the connection; only routes for the engine's own pages have it. */
  address?: string | undefined;
  /** What the log says besides, of a sign-in. */
  noted?: SignInNotes;
};

export type RouteRunnerDependencies = {
  auth: Pick<Auth, 'authenticate'>;
  adminKey: Pick<AdminKey, 'identify'>;
  budget: Pick<CommandBudget, 'takeCommand'>;
  ownPages: OwnPages;
  /** The origins that the operator names. */
  origins: Pick<KnownNames, 'lists'>;
  declarationCheck: DeclarationCheck;
  log: Log;
};

export class RouteRunner {
  readonly #dependencies: RouteRunnerDependencies;
  readonly #uploadPlaces = new UploadPlaces();

  constructor(dependencies: RouteRunnerDependencies) {
    this.#dependencies = dependencies;
  }

  prepare(route: Route): RunnableRoute {
    const { pattern, parameterNames } = parsePath(route.declaration.path);
    const input = new RouteInput(route.declaration, parameterNames);
    return { ...route, input, pattern, parameterCount: parameterNames.length };
  }

  /** The promise never rejects: what is thrown becomes a failure. */
  run(visit: Visit): Answering<unknown> {
    const outcome = this.#catchThrown(visit);
    if (this.#dependencies.declarationCheck === 'off') return outcome;
    const check = (awaited: Outcome<unknown>) =>
      visit.isStream && awaited.ok ? awaited : this.checkAnswer(visit.route, awaited); // Its frames are checked one by one.
    return outcome instanceof Promise ? outcome.then(check) : check(outcome);
  }

  /** @returns in a test an error in place of an outcome that the route doesn't declare */
  checkAnswer<Answer>(route: RunnableRoute, outcome: Outcome<Answer>): Outcome<Answer> {
    const { declarationCheck, log } = this.#dependencies;
    const undeclared = declarationCheck === 'off' ? undefined : findUndeclared(route.declaration, outcome);
    if (undeclared === undefined) return outcome;
    const failure = convertThrown(new Error(undeclared), log, route.pattern);
    return declarationCheck === 'refused' ? addDetail(failure.failure, undeclared) : outcome;
  }

  #catchThrown(visit: Visit): Answering<unknown> {
    const { pattern } = visit.route;
    try {
      const outcome = this.#identifyCaller(visit);
      return outcome instanceof Promise ? outcome.catch((error) => this.#convertThrown(error, pattern)) : outcome;
    } catch (error) {
      return this.#convertThrown(error, pattern);
    }
  }

  #convertThrown = (error: unknown, pattern: string) => convertThrown(error, this.#dependencies.log, pattern);

  #identifyCaller(visit: Visit): Answering<unknown> {
    const { call, route, isStream, isNear } = visit;
    const { isOpen, method } = route.declaration;
    const refusedPage = this.#findRefusedPage(visit);
    if (refusedPage) return refusedPage;
    if (isOpen) return this.#handle(visit, undefined);
    const handleFor = (principal: Outcome<Principal>) => {
      if (!principal.ok) return principal;
      visit.principal = principal.value;
      const refusal = findAccessRefusal(principal.value, route.declaration.access);
      if (refusal) return { ok: false, failure: refusal } as const;
      return this.#handle(visit, principal.value);
    };
    if (route.declaration.access === 'admin' && call.headers.adminKey !== '')
      return handleFor(this.#dependencies.adminKey.identify(call.headers.adminKey));
    const credentials = isStream ? credentialsOf(call) : succeeded(call.headers);
    if (!credentials.ok) return credentials;
    const principal = this.#dependencies.auth.authenticate(credentials.value, isNear, method === 'get');
    return principal instanceof Promise ? principal.then(handleFor) : handleFor(principal);
  }

  /** Only pages may ask for what changes something at a route that is for pages. */
  #findRefusedPage({ call: { headers }, route }: Visit): Outcome<never> | undefined {
    const { isForOwnPages, isForNamedOrigins, method } = route.declaration;
    const { ownPages, origins } = this.#dependencies;
    if (!isForOwnPages || method === 'get' || ownPages.isOwnRequest(headers, false)) return undefined;
    if (!isForNamedOrigins) return notOwnPage;
    return origins.lists(headers.origin) ? undefined : notNamedPage;
  }

  #handle(visit: Visit, principal: Principal | undefined): Answering<unknown> {
    const { route, call } = visit;
    const { body, upload, isCommand = false } = route.declaration;
    if (upload || call.upload) return this.#handleUpload(visit, principal);
    if (body || isCommand) return this.#handleInTurn(visit, principal);
    const head = route.input.checkHead(call);
    if (!head.ok) return head;
    const request = { ...head.value, body: undefined, principal, ...pageOf(visit) };
    const { handler } = route;
    return visit.isStream && handler.openStream ? handler.openStream(request) : handler.handle(request);
  }

  async #handleInTurn(visit: Visit, principal: Principal | undefined): Promise<Outcome<unknown>> {
    const { route, call } = visit;
    const tooMany = route.declaration.isCommand ? await this.#takeCommand(principal) : succeeded(undefined);
    if (!tooMany.ok) return tooMany;
    const head = route.input.checkHead(call);
    if (!head.ok) return head;
    const body = await route.input.checkBody(call);
    if (!body.ok) return body;
    const noFiles = route.declaration.files && { files: [] };
    return route.handler.handle({ ...head.value, body: body.value, ...noFiles, principal, ...pageOf(visit) });
  }

  /** Nothing is let in of who may not send it, or before there is room. */
  async #handleUpload({ route, call }: Visit, principal: Principal | undefined): Promise<Outcome<unknown>> {
    const tooMany = await this.#takeCommand(principal);
    if (!tooMany.ok) return tooMany;
    const head = route.input.checkHead(call);
    if (!head.ok) return head;
    const { upload, files } = route.declaration;
    const bytes = Number(call.headers.contentLength) || (upload?.bytesMax ?? files?.bytesMax ?? 0);
    const place = this.#uploadPlaces.take(principal?.userId ?? '', bytes);
    if (!place.ok) return place;
    try {
      const body = await call.upload?.read();
      if (!body?.ok) return body ?? failed('badRequest', 'The request has no body.');
      if (upload) return await route.handler.handle({ ...head.value, body: body.value, principal });
      const parts = await readMultipart(body.value, call.headers.contentType);
      if (!parts.ok) return parts;
      const checked = route.input.checkFields(parts.value.fields);
      if (!checked.ok) return checked;
      return await route.handler.handle({ ...head.value, body: checked.value, files: parts.value.files, principal });
    } finally {
      place.value();
    }
  }

  async #takeCommand(principal: Principal | undefined): Promise<Outcome<undefined>> {
    const failure = principal && (await this.#dependencies.budget.takeCommand(principal.userId));
    return failure ? { ok: false, failure } : succeeded(undefined);
  }
}

/** What only routes for the engine's own pages are told. */
function pageOf(visit: Visit): { page: Page } | undefined {
  const { call, route, isNear, address = '' } = visit;
  if (!route.declaration.isForOwnPages) return undefined;
  const noteUser = (userId: string) => {
    visit.principal = { userId };
  };
  const note = (noted: SignInNotes) => {
    visit.noted = { ...noted, ...visit.noted };
  };
  return { page: { headers: call.headers, address, forwardedFor: call.headers.forwardedFor, isNear, noteUser, note } };
}

const notOwnPage = failed(
  'foreignOrigin',
  "Only the engine's own pages may do this; a browser names them in the header Origin.",
);

const notNamedPage = failed(
  'foreignOrigin',
  'Only pages of origins that ALLOWED_ORIGINS names may do this; a browser names theirs in the header Origin.',
);

/** A browser's EventSource sets no header, so its token is in the URL. */
function credentialsOf({ headers, query }: Call): Outcome<Credentials> {
  if (!query.token) return succeeded(headers);
  if (isShareToken(query.token)) return sharesByHeader;
  if (headers.authorization !== '') return tokenTwice;
  return succeeded({ ...headers, authorization: `Bearer ${query.token}` });
}

/** A proxy may believe the one where the engine would believe the other. */
const tokenTwice = failed('badRequest', 'The token is to be said once: in the header Authorization or in the URL.');

/** The detail says what is wrong, since only tests get it. */
const addDetail = (failure: Failure, detail: string): Outcome<never> => ({
  ok: false,
  failure: { ...failure, detail },
});
