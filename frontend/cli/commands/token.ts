// `lucid token NAME`: a token for trying, signed with the SESSION_SECRET of this machine.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import {
  defaultSessionSecret,
  findTokenProblem,
  signDevelopmentToken,
} from '../../../schema/rules/development-token.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { findRepository } from '../local/find-repository.ts';

export async function printToken(user: string, { hours }: { hours: number }, context: Context): Promise<ExitCode> {
  const problem = findTokenProblem({ user, hours });
  if (problem !== undefined) throw new UsageError(problem);
  context.print([await signDevelopmentToken({ user, hours }, findSecret(context.env), context.now())]);
  return exitCodes.done;
}

/** Of the environment, of the repository's `.env` or of the one here; otherwise the default that everybody knows. */
function findSecret(env: Context['env']): string {
  if (env.SESSION_SECRET) return env.SESSION_SECRET;
  const file = path.join(findRepository() ?? '.', '.env');
  const written = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')).SESSION_SECRET : undefined;
  return written || defaultSessionSecret;
}
