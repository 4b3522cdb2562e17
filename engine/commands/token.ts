// `npm run -s token -- ada`: prints a JWT for a user, signed with this engine's SESSION_SECRET.
import { parseArgs } from 'node:util';
import { badConfigExitCode } from '../../schema/exit-codes.ts';
import { limits } from '../../schema/limits.ts';
import { ConfigError, readConfig } from '../config.ts';
import { isId } from '../server/claims.ts';
import { signToken } from '../server/sign-token.ts';
import { answerHelp, refuseUsage } from './answer-help.ts';

const usage = `usage: npm run -s token -- USER [--hours N]

  USER       whom the token names; "ada" where nobody is named
  --hours N  how long it is good for, 24 unless told, at most 8760

Signed with SESSION_SECRET, of the environment or of .env. For trying the engine out: a front end signs its own.`;
const hoursMax = 8_760;
const secondsOfHour = 3_600;

async function main(): Promise<void> {
  answerHelp(usage);
  const { user, hours } = readCommandLine(process.argv.slice(2));
  const { SESSION_SECRET } = readConfig();
  const nowSeconds = Math.floor(Date.now() / 1_000);
  console.log(
    await signToken({ userId: user, iat: nowSeconds, exp: nowSeconds + hours * secondsOfHour }, SESSION_SECRET),
  );
}

function readCommandLine(args: string[]): { user: string; hours: number } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { hours: { type: 'string', default: '24' } },
    });
    const [user = 'ada', ...more] = positionals;
    if (more.length > 0) throw new Error('One user is named at a time.');
    if (!isId(user)) throw new Error(`A user is text of 1 to ${limits.idCharsMax} characters.`);
    const hours = /^\d{1,4}$/.test(values.hours) ? Number(values.hours) : 0;
    if (hours < 1 || hours > hoursMax) throw new Error(`--hours accepts a whole number from 1 to ${hoursMax}.`);
    return { user, hours };
  } catch (error) {
    refuseUsage(error, usage);
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(error instanceof ConfigError ? badConfigExitCode : 1);
});
