// Settles what a database's URL leaves open, so that all connections do the same: whether there is TLS where it is only
// preferred, and whether a pooler stands between.
import { sql } from 'slonik';
import { openPool, sqlStateOf } from '../../actors/persistence/database-pool.ts';
import { parseDatabaseUrl, replaceParameters, type TlsMode } from '../../actors/persistence/database-url.ts';

const firstAnswerTimeoutMs = 10_000;

/** The modes that are tried, in libpq's order. */
const modesOf = (mode: TlsMode): [TlsMode, TlsMode?] => {
  if (mode === 'prefer') return ['require', 'disable'];
  return mode === 'allow' ? ['disable', 'require'] : [mode];
};

/** @returns the URL with `sslmode` and `pgbouncer` as they work */
export async function settleUrl(url: string): Promise<string> {
  const parsed = parseDatabaseUrl(url);
  if (!parsed.ok) return url; // Opening it reports the problem.
  const [first, second] = modesOf(parsed.target.tls);
  if (second === undefined) return settlePooler(url);
  try {
    return await settlePooler(replaceParameters(url, { sslmode: first }));
  } catch (error) {
    if (!isAboutTls(error)) throw error;
    return settlePooler(replaceParameters(url, { sslmode: second }));
  }
}

/** A pooler is known by its refusal of a session's parameters. */
async function settlePooler(url: string): Promise<string> {
  try {
    await askOnce(url);
    return url;
  } catch (error) {
    const pooled = replaceParameters(url, { pgbouncer: 'true' });
    if (!errorChainOf(error).some(({ message }) => message.includes('unsupported startup parameter'))) throw error;
    await askOnce(pooled);
    return pooled;
  }
}

async function askOnce(url: string): Promise<void> {
  const bounds = { connectionsMax: 1, statementTimeoutMs: firstAnswerTimeoutMs, onError: () => undefined };
  const pool = await openPool(url, bounds);
  try {
    await pool.query(sql.unsafe`SELECT 1`);
  } finally {
    await pool.end();
  }
}

/** Only failures about TLS are tried again without, so that no refused password is sent again in the clear. */
const isAboutTls = (error: unknown) =>
  sqlStateOf(error) === '28000' || errorChainOf(error).some(({ message }) => /\bSSL\b|\bTLS\b/i.test(message));

function errorChainOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...errorChainOf(error.cause)] : [];
}
