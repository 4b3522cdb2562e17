// The handler of a declared route: its request is checked already, and the compiler asks for one of each route.
import type { Outcome } from '../../../schema/error.ts';
import type { HandledOf, InputOf, RouteDeclaration, UploadedFile } from '../../../schema/protocol/route.ts';
import { type Routes, routes } from '../../../schema/protocol/routes.ts';
import type { Principal } from '../../sessions/access.ts';
import type { AuditedAct, AuditedSubject, SignInNotes } from '../audit.ts';
import type { StreamOpener } from '../event-streams.ts';
import type { PageHeaders } from '../own-pages.ts';
import type { Call } from '../request.ts';

/** An answer that needs no waiting comes without a promise, which would cost more than many answers do. */
export type Answering<Answer> = Outcome<Answer> | Promise<Outcome<Answer>>;

/** The page that asks, and from where. */
export type Page = {
  headers: PageHeaders;
  /** Of the connection, so a proxy's own. */
  address: string;
  /** What proxies say of where it comes from, which nobody has checked. */
  forwardedFor: string;
  /** Whether it comes from this machine, where that matters. */
  isNear: boolean;
  /** Says whom the request is about, for the log. */
  noteUser(userId: string): void;
  /** Says more of that; what was said before stays. */
  note(noted: SignInNotes): void;
};

/** A checked request; only that of an open route has no principal. */
export type RouteRequest<Declaration> = InputOf<Declaration> &
  (Declaration extends { isOpen: true } ? Record<never, never> : { principal: Principal }) &
  (Declaration extends { isForOwnPages: true } ? { page: Page } : Record<never, never>);

export type Handler<Declaration> = {
  handle(request: RouteRequest<Declaration>): Answering<HandledOf<Declaration>>;
  /** What is logged of the route's requests, also of those that are refused. */
  audit?: AuditRule;
} & (Declaration extends { stream: object } ? StreamHandler<Declaration> : unknown);

type StreamHandler<Declaration> = {
  /** @returns undefined where there is nothing to send any more */
  openStream(request: RouteRequest<Declaration>): Answering<StreamOpener | undefined>;
};

export type AuditRule = {
  act: AuditedAct;
  /** Which session, chat or webhook the request is about. */
  findSubject(call: Call, answer: unknown): AuditedSubject;
};

/** The session that an answer names. */
export const sessionIdIn = (answer: unknown): string | undefined =>
  typeof answer === 'object' && answer !== null && 'sessionId' in answer ? String(answer.sessionId) : undefined;

export type Handlers<Declarations> = { [Name in keyof Declarations]: Handler<Declarations[Name]> };

/** All routes but the health check, which the server answers itself without a handler's cost. */
export type ServedRoutes = Omit<Routes, 'checkHealth'>;
const { checkHealth, ...others } = routes;
export const servedRoutes: ServedRoutes = others;

type AnyRequest = Record<'parameters' | 'headers' | 'query' | 'body', unknown> & {
  principal: Principal | undefined;
  files?: readonly UploadedFile[];
  page?: Page;
};

/** Any route, with its handler. */
export type Route = {
  declaration: RouteDeclaration;
  handler: {
    handle(request: AnyRequest): Answering<unknown>;
    openStream?(request: AnyRequest): Answering<unknown>;
    audit?: AuditRule;
  };
};

export const bindRoutes = <Declarations extends Record<string, RouteDeclaration>>(
  declarations: Declarations,
  handlers: Handlers<Declarations>,
): Route[] =>
  Object.entries(declarations).map(([name, declaration]) => ({
    declaration,
    handler: handlers[name] as Route['handler'],
  }));
