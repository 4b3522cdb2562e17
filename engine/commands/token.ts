// `npm run -s token -- ada`: prints a JWT for a user, signed with this engine's SESSION_SECRET.
import { parseArgs } from 'node:util';
import { badConfigExitCode } from '../../schema/exit-codes.ts';
import {
  findTokenProblem,
  signDevelopmentToken,
  type TokenAsked,
  tokenHoursDefault,
  tokenHoursMax,
} from '../../schema/rules/development-token.ts';
import { ConfigError, readConfig } from '../config.ts';
import { answerHelp, refuseUsage } from './answer-help.ts';

const usage = `usage: npm run -s token -- USER [--hours N]

  USER       whom the token names; "ada" where nobody is named
  --hours N  how long it is good for, ${tokenHoursDefault} unless told, at most ${tokenHoursMax}

Signed with SESSION_SECRET, of the environment or of .env. For trying the engine out: a front end signs its own.`;

async function main(): Promise<void> {
  answerHelp(usage);
  const asked = readCommandLine(process.argv.slice(2));
  console.log(await signDevelopmentToken(asked, readConfig().SESSION_SECRET, Date.now()));
}

function readCommandLine(args: string[]): TokenAsked {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { hours: { type: 'string', default: String(tokenHoursDefault) } },
    });
    const [user = 'ada', ...more] = positionals;
    if (more.length > 0) throw new Error('One user is named at a time.');
    const asked = { user, hours: /^\d{1,4}$/.test(values.hours) ? Number(values.hours) : 0 };
    const problem = findTokenProblem(asked);
    if (problem !== undefined) throw new Error(problem);
    return asked;
  } catch (error) {
    refuseUsage(error, usage);
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(error instanceof ConfigError ? badConfigExitCode : 1);
});
