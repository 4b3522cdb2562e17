// How the engine opens a pool of connections to PostgreSQL, on whichever thread.
import {
  ConnectionError,
  createPool,
  createTypeParserPreset,
  type DatabasePool,
  type DatabasePoolConnection,
  type DatabaseTransactionConnection,
  DataIntegrityError,
  type Interceptor,
  InvalidInputError,
  SchemaValidationError,
  sql,
} from 'slonik';
import { limits } from '../../schema/limits.ts';
import { driverUrlOf, readTlsOptions } from './connection-options.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { createSchemaInterceptor } from './reference-schema.ts';

/** Waiting for a connection, which takes 10 ms; with the longest pause between two tries less than the 5 s promised. */
const databaseConnectTimeoutMs = 2_500;
/** A connection that answered within this time is used as it is; another is asked first, which takes a millisecond. */
const databaseTrustMs = 2_000;
/** PostgreSQL lets go of the locks of a client that went silent in the middle of a transaction. */
const databaseIdleTransactionTimeoutMs = 5_000;
/** How long a connection that is thrown away may take to close. */
export const databaseGoodbyeTimeoutMs = 500;

export type PoolOptions = {
  connectionsMax: number;
  statementTimeoutMs: number;
  /** Hears when the server goes away; queries that fail say so themselves. */
  onError(error: Error): void;
};

/**
 * @param url as `actors/persistence/database-url.ts` reads it. TLS that is only preferred is used where `engine/database/settle-url.ts` has
 * found that it can be had, and put so into the URL
 */
export async function openPool(url: string, options: PoolOptions): Promise<DatabasePool> {
  const parsed = parseDatabaseUrl(url);
  if (!parsed.ok) throw new Error(`The database's URL ${parsed.problem}.`);
  const { target } = parsed;
  const ssl = readTlsOptions(target);
  const pool = await createPool(driverUrlOf(target), {
    captureStackTrace: false,
    connectionRetryLimit: 1, // Callers retry by their own rules.
    connectionTimeout: target.connectTimeoutMs ?? databaseConnectTimeoutMs,
    gracefulTerminationTimeout: databaseGoodbyeTimeoutMs,
    idleInTransactionSessionTimeout: target.isPooled ? 'DISABLE_TIMEOUT' : databaseIdleTransactionTimeoutMs,
    idleTimeout: 60_000,
    interceptors:
      target.schema === undefined ? [rowValidation] : [rowValidation, createSchemaInterceptor(target.schema)],
    maxPoolSize: Math.min(options.connectionsMax, target.connectionsMax ?? options.connectionsMax),
    resetConnection: async () => undefined, // No statement of ours leaves anything behind; `DISCARD ALL` costs a round trip.
    ...(ssl && { ssl }),
    statementTimeout: target.isPooled ? 'DISABLE_TIMEOUT' : options.statementTimeoutMs,
    typeParsers: createTypeParserPreset(),
  });
  if (target.isPooled) pooledTimeoutsMs.set(pool, options.statementTimeoutMs);
  pool.on('error', options.onError); // Unhandled, it would end the process.
  return pool;
}

/** Pools whose connections belong to a pooler: what is set there is set for one transaction. */
const pooledTimeoutsMs = new WeakMap<DatabasePool, number>();

/** All or nothing. Behind a pooler the bounds that a connection would have been opened with are set in the transaction. */
export function runInTransaction<T>(
  pool: DatabasePool,
  connection: Pick<DatabasePoolConnection, 'transaction'>,
  work: (transaction: DatabaseTransactionConnection) => Promise<T>,
): Promise<T> {
  const statementTimeoutMs = pooledTimeoutsMs.get(pool);
  return connection.transaction(async (transaction) => {
    if (statementTimeoutMs !== undefined)
      await transaction.query(sql.unsafe`
        SELECT set_config('statement_timeout', ${String(statementTimeoutMs)}, true), set_config(
          'idle_in_transaction_session_timeout', ${String(databaseIdleTransactionTimeoutMs)}, true)`);
    return work(transaction);
  });
}

/** slonik's row types are only names until an interceptor checks the rows against them. */
const rowValidation: Interceptor = {
  name: 'row-validation',
  transformRow: (context, query, row) => {
    if (!context.resultParser) return row;
    const result = context.resultParser['~standard'].validate(row);
    if (result instanceof Promise) throw new Error('Row types must validate synchronously.');
    if (result.issues) throw new SchemaValidationError(query, row, result.issues);
    return result.value as typeof row;
  },
};

/** PostgreSQL could not be asked, or did not answer in time. */
export class DatabaseAwayError extends Error {}

/** What is known of a pool's connections. */
type Traffic = { answeredAtMs: number; giveUps: Set<(error: Error) => void> };
const trafficByPool = new WeakMap<DatabasePool, Traffic>();

function findTraffic(pool: DatabasePool): Traffic {
  const traffic = trafficByPool.get(pool) ?? { answeredAtMs: Number.NEGATIVE_INFINITY, giveUps: new Set() };
  trafficByPool.set(pool, traffic);
  return traffic;
}

/**
 * Works on one connection, which is thrown away when the work takes too long: a half-open
 * connection never answers or fails, and `statement_timeout` works on PostgreSQL's side only. One that was idle for a while
 * is first asked whether it still answers.
 * @throws DatabaseAwayError after `timeoutMs`, or on `giveUpWork`; the work may have been done then
 */
export function runOnConnection<T>(
  pool: DatabasePool,
  timeoutMs: number,
  work: (connection: DatabasePoolConnection) => Promise<T>,
): Promise<T> {
  const traffic = findTraffic(pool);
  return pool.connect(async (connection) => {
    if (performance.now() - traffic.answeredAtMs > databaseTrustMs)
      await settleInTime(limits.databaseProbeTimeoutMs, connection.exists(sql.unsafe`SELECT 1`), traffic);
    const result = await settleInTime(timeoutMs, work(connection), traffic);
    traffic.answeredAtMs = performance.now();
    return result;
  });
}

/** PostgreSQL was silent and answers again: statements that still wait on older connections will never be answered. */
export function giveUpWork(pool: DatabasePool): void {
  const { giveUps } = findTraffic(pool);
  for (const giveUp of giveUps) giveUp(new DatabaseAwayError('PostgreSQL was silent meanwhile.'));
}

async function settleInTime<T>(timeoutMs: number, work: Promise<T>, { giveUps }: Traffic): Promise<T> {
  const silence = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => silence.reject(new DatabaseAwayError(`PostgreSQL did not answer in ${timeoutMs} ms.`)),
    timeoutMs,
  );
  giveUps.add(silence.reject);
  try {
    return await Promise.race([work, silence.promise]);
  } finally {
    clearTimeout(timer);
    giveUps.delete(silence.reject);
  }
}

/** No class begins with `E`, but the names of failures of sockets do: `EPIPE`. */
const sqlState = /^[0-9A-DF-Z][0-9A-Z]{4}$/;

/** "Invalid text representation": slonik makes an error of its own of it, and forgets the code. */
const invalidText = '22P02';

/** The SQLSTATE of a failed statement, wherever slonik or pg keeps it; empty when the failure has none. */
export function sqlStateOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && sqlState.test(at.code)) return at.code;
    if (at instanceof InvalidInputError) return invalidText;
  }
  return '';
}

/** Cardinality, data, integrity, and what is too large for a page or an index: properties of the rows themselves. */
const dataClasses = /^(21|22|23|54)/;

/** Whether PostgreSQL refused the data itself: trying again can't help. */
export const isDataFailure = (error: unknown): boolean => dataClasses.test(sqlStateOf(error));

/** Connections, rollbacks, locks, resources, an operator, a disk; a server that only reads, or starts up. */
const passingClasses = /^(08|25|40|53|55|57|58)/;

/** Whether PostgreSQL is away, or was while it was asked, so that trying again helps. Anything else is a bug. */
export function isAway(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  const state = sqlStateOf(error);
  if (state !== '') return passingClasses.test(state);
  const isMistake =
    error instanceof SchemaValidationError ||
    error instanceof DataIntegrityError ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SyntaxError;
  return !isMistake;
}
