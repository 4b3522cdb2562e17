// Finds out what a database's URL leaves open, so that every connection that follows does the same: whether TLS that is
// only preferred can be had, and whether a pooler stands between.
import { sql } from 'slonik';
import { openPool, sqlStateOf } from '../../actors/persistence/database-pool.ts';
import { parseDatabaseUrl, replaceParameters, type TlsMode } from '../../actors/persistence/database-url.ts';

const firstAnswerTimeoutMs = 10_000;

/** What is tried, in libpq's order. */
const modesOf = (mode: TlsMode): [TlsMode, TlsMode?] => {
  if (mode === 'prefer') return ['require', 'disable'];
  return mode === 'allow' ? ['disable', 'require'] : [mode];
};

/** @returns the URL with `sslmode` and `pgbouncer` as they work */
export async function settleUrl(url: string): Promise<string> {
  const parsed = parseDatabaseUrl(url);
  if (!parsed.ok) return url; // Whoever opens it says why not.
  const [first, second] = modesOf(parsed.target.tls);
  if (second === undefined) return settlePooler(url);
  try {
    return await settlePooler(replaceParameters(url, { sslmode: first }));
  } catch (error) {
    if (!isAboutTls(error)) throw error;
    return settlePooler(replaceParameters(url, { sslmode: second }));
  }
}

/** A pooler that takes no parameters of a session says so at once. */
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

/** A wrong password, or nobody there, is the same with TLS and without: then it isn't said again in the clear. */
const isAboutTls = (error: unknown) =>
  sqlStateOf(error) === '28000' || errorChainOf(error).some(({ message }) => /\bSSL\b|\bTLS\b/i.test(message));

function errorChainOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...errorChainOf(error.cause)] : [];
}
