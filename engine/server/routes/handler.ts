// What does the work of a declared route: its request is checked already, and the compiler asks for one of each.
import type { Outcome } from '../../../schema/error.ts';
import type { AnswerOf, InputOf, RouteDeclaration } from '../../../schema/protocol/route.ts';
import { type Routes, routes } from '../../../schema/protocol/routes.ts';
import type { Principal } from '../../sessions/access.ts';
import type { AuditedAct } from '../audit.ts';
import type { Call } from '../request.ts';

/** At once where nothing has to be waited for: a promise costs more than many an answer. */
export type Answering<Answer> = Outcome<Answer> | Promise<Outcome<Answer>>;

/** A checked request. Open routes have no principal. */
export type RouteRequest<Declaration> = InputOf<Declaration> &
  (Declaration extends { isOpen: true } ? Record<never, never> : { principal: Principal });

export type Handler<Declaration> = {
  handle(request: RouteRequest<Declaration>): Answering<AnswerOf<Declaration>>;
  /** What the log tells of the route's requests, also of those that are refused. */
  audit?: AuditRule;
};

export type AuditRule = {
  act: AuditedAct;
  /** About which session or chat a request is, by itself and the body of its answer. */
  findSubject(call: Call, answer: unknown): { session?: string | undefined; chat?: string | undefined };
};

/** A handler for each of the declarations. */
export type Handlers<Declarations> = { [Name in keyof Declarations]: Handler<Declarations[Name]> };

/** All routes but one: the server answers the health check itself, without any work. */
export type ServedRoutes = Omit<Routes, 'checkHealth'>;
const { checkHealth, ...others } = routes;
export const servedRoutes: ServedRoutes = others;

type AnyRequest = Record<'parameters' | 'headers' | 'query' | 'body', unknown> & { principal: Principal | undefined };

/** A route as the server runs it, whichever it is. */
export type Route = {
  declaration: RouteDeclaration;
  handler: {
    handle(request: AnyRequest): Answering<unknown>;
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
