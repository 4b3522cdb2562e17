// Compares every answer with its route's declaration, in tests and development.
import type { ErrorCode, Outcome } from '../../schema/error.ts';
import { findMismatch } from '../../schema/protocol/json-schema.ts';
import { errorsOf, type RouteDeclaration, type WithCookies } from '../../schema/protocol/route.ts';

/** What becomes of an answer or a frame that isn't as declared; `refused` puts an error in its place, and logs it too. */
export type DeclarationCheck = 'off' | 'logged' | 'refused';

export const declarationCheckOf = (environment: 'production' | 'development' | 'test'): DeclarationCheck =>
  (({ production: 'off', development: 'logged', test: 'refused' }) as const)[environment];

/** @returns what isn't as declared, in one sentence; undefined where all is */
export function findUndeclared(declaration: RouteDeclaration, outcome: Outcome<unknown>): string | undefined {
  const { method, path, answer } = declaration;
  const route = `${method.toUpperCase()} ${path}`;
  if (outcome.ok) {
    const value = answer.setsCookies ? (outcome.value as WithCookies<unknown>).body : outcome.value;
    const mismatch = findMismatch(answer.schema, value);
    return mismatch === undefined ? undefined : `The answer of ${route} isn't as declared: ${mismatch}`;
  }
  const { code } = outcome.failure;
  return isDeclared(declaration, code) ? undefined : `${route} doesn't declare the error ${code}.`;
}

const declaredErrors = new WeakMap<RouteDeclaration, ReadonlySet<ErrorCode>>();

function isDeclared(declaration: RouteDeclaration, code: ErrorCode): boolean {
  const codes = declaredErrors.get(declaration) ?? new Set(errorsOf(declaration));
  declaredErrors.set(declaration, codes);
  return codes.has(code);
}
