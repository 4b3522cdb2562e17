// Why the engine can't use its database, in a sentence that names the variable and the mend; and whether it may pass.
import { DatabaseSetupError } from '../../actors/persistence/connection-options.ts';
import { isAway, sqlStateOf } from '../../actors/persistence/database-pool.ts';
import { type DatabaseTarget, parseDatabaseUrl } from '../../actors/persistence/database-url.ts';
import { SchemaError } from './own-schema.ts';

/** @property isFinal whether waiting is no use, since somebody has to change something */
export type Trouble = { isFinal: boolean; sentence: string };

/** @returns undefined for a fault of the engine */
export function troubleOf(error: unknown, url: string): Trouble | undefined {
  const parsed = parseDatabaseUrl(url);
  if (!parsed.ok) return makeFinalTrouble(`DATABASE_URL ${parsed.problem}.`);
  if (error instanceof DatabaseSetupError) return makeFinalTrouble(`DATABASE_URL: ${error.message}`);
  if (error instanceof SchemaError) return makeFinalTrouble(`DATABASE_URL: ${error.message}`);
  const { target } = parsed;
  const said = causesOf(error);
  const known =
    troubleOfState(sqlStateOf(error), target, said) ?? troubleOfTls(said) ?? troubleOfPassword(said, target);
  if (known) return known;
  if (!isAway(error)) return undefined;
  const { text, code } = said.at(-1) ?? { text: String(error), code: '' };
  return makePassingTrouble(`DATABASE_URL: PostgreSQL at ${placeOf(target)} can't be reached: ${hints[code] ?? text}.`);
}

type Said = { text: string; code: string };

/** The chain of causes, outermost first. An error of several addresses holds one cause for each. */
function causesOf(error: unknown): Said[] {
  const causes: Said[] = [];
  for (let at: unknown = error; at instanceof Error && causes.length < 10; ) {
    const first: unknown = at instanceof AggregateError ? at.errors[0] : undefined;
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    if (at.message !== '') causes.push({ text: at.message.replace(/\.$/, ''), code });
    at = at.cause ?? first;
  }
  return causes;
}

function troubleOfState(state: string, target: DatabaseTarget, said: Said[]): Trouble | undefined {
  const role = `the role "${target.user ?? ''}"`;
  const database = `the database "${target.database ?? target.user ?? ''}"`;
  const text = said.at(-1)?.text ?? '';
  switch (state) {
    case '28P01':
      return makeFinalTrouble(
        `DATABASE_URL: PostgreSQL refused the password of ${role}: put the right one into the URL.`,
      );
    case '28000':
      return makeFinalTrouble(
        `DATABASE_URL: PostgreSQL does not let ${role} in (${text}): see its pg_hba.conf, or sslmode in the URL.`,
      );
    case '3D000':
      return makeFinalTrouble(
        `DATABASE_URL: there is no ${database.slice(4)} at ${placeOf(target)}: create it, or name another.`,
      );
    case '3F000':
      return makeFinalTrouble(
        `DATABASE_URL: there is no such schema in ${database} (${text}): create it, or name another.`,
      );
    case '42501':
      return makeFinalTrouble(
        `DATABASE_URL: ${role} may not create or change what the engine needs (${text}): GRANT CREATE ON DATABASE and CREATE ON SCHEMA to it, or run \`npm run migrate\` as the owner.`,
      );
    case '08P01':
      return text.includes('unsupported startup parameter')
        ? makeFinalTrouble(`DATABASE_URL: the pooler refuses what the URL asks for (${text}): take it out of the URL.`)
        : undefined;
    default:
      return undefined;
  }
}

const untrusted =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/;

function troubleOfTls(said: Said[]): Trouble | undefined {
  const cause = said.find(({ code }) => untrusted.test(code));
  if (cause)
    return makeFinalTrouble(
      `DATABASE_URL: PostgreSQL's certificate is not to be trusted (${cause.text}): name its authority with sslrootcert, or mend it.`,
    );
  if (said.some(({ text }) => text.includes('does not support SSL connections')))
    return makeFinalTrouble(
      'DATABASE_URL asks for TLS, which PostgreSQL does not have there: switch it on, or set sslmode=disable.',
    );
  return undefined;
}

function troubleOfPassword(said: Said[], target: DatabaseTarget): Trouble | undefined {
  if (!said.some(({ text }) => /password must be a (non-empty )?string/.test(text))) return undefined;
  return makeFinalTrouble(
    `DATABASE_URL holds no password, and PostgreSQL asks the role "${target.user ?? ''}" for one.`,
  );
}

const hints: Record<string, string> = {
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'the host could not be looked up',
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such socket',
  ETIMEDOUT: 'it does not answer',
};

const placeOf = ({ host = 'localhost', port = 5432 }: DatabaseTarget): string => `${host}:${port}`;
const makeFinalTrouble = (sentence: string): Trouble => ({ isFinal: true, sentence });
const makePassingTrouble = (sentence: string): Trouble => ({ isFinal: false, sentence });
