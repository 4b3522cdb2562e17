// How the engine opens a pool of connections to PostgreSQL, on whichever thread.
import { setTimeout as delay } from 'node:timers/promises';
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
import { reasonOf } from '../../schema/reason-of.ts';
import { driverUrlOf, readTlsOptions } from './connection-options.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { createSchemaInterceptor } from './reference-schema.ts';

/** How long to wait for a connection, which takes 10 ms; with the longest pause between two tries under 5 s. */
const databaseConnectTimeoutMs = 2_500;
/** A connection that answered within this time is used as it is; another is asked first, which takes a millisecond. */
const databaseTrustMs = 2_000;
/** PostgreSQL lets go of the locks of a client that went silent in the middle of a transaction. */
const databaseIdleTransactionTimeoutMs = 5_000;
/** How long a connection that is thrown away may take to close. */
const databaseCloseTimeoutMs = 500;

export type PoolOptions = {
  connectionsMax: number;
  statementTimeoutMs: number;
  /** Is told when the server goes away; queries that fail reject by themselves. */
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
    connectionRetryLimit: 1, // Callers retry themselves.
    connectionTimeout: target.connectTimeoutMs ?? databaseConnectTimeoutMs,
    gracefulTerminationTimeout: databaseCloseTimeoutMs,
    idleInTransactionSessionTimeout: target.isPooled ? 'DISABLE_TIMEOUT' : databaseIdleTransactionTimeoutMs,
    idleTimeout: 60_000,
    interceptors:
      target.schema === undefined ? [rowValidation] : [rowValidation, createSchemaInterceptor(target.schema)],
    maxPoolSize: Math.min(options.connectionsMax, target.connectionsMax ?? options.connectionsMax),
    resetConnection: async () => undefined, // The engine's statements leave nothing behind, and `DISCARD ALL` costs a round trip.
    ...(ssl && { ssl }),
    statementTimeout: target.isPooled ? 'DISABLE_TIMEOUT' : options.statementTimeoutMs,
    typeParsers: createTypeParserPreset(),
  });
  if (target.isPooled) pooledTimeoutsMs.set(pool, options.statementTimeoutMs);
  pool.on('error', options.onError); // An unhandled error would end the process.
  return pool;
}

/** The pause of a thread before it tries again to open its pool. */
const openPauseMs = 250;

/**
 * Opens a pool as soon as PostgreSQL lets it, for a thread that begins after it was there: nothing ends because it is slow or away.
 * @param onAwaited hears once why it has to wait
 */
export async function openPoolOnceThere(
  url: string,
  options: PoolOptions,
  onAwaited: (reason: string) => void,
): Promise<DatabasePool> {
  for (let tries = 0; ; tries++) {
    try {
      return await openPool(url, options);
    } catch (error) {
      if (!isAway(error)) throw error;
      if (tries === 0) onAwaited(reasonOf(error));
      await delay(openPauseMs);
    }
  }
}

/** The statement timeout of pools behind a pooler, where a setting lasts for one transaction. */
const pooledTimeoutsMs = new WeakMap<DatabasePool, number>();

/** Behind a pooler, the timeouts of a connection are set in each transaction. */
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
type PoolState = { answeredAtMs: number; rejectWaiting: Set<(error: Error) => void> };
const stateByPool = new WeakMap<DatabasePool, PoolState>();

function findPoolState(pool: DatabasePool): PoolState {
  const state = stateByPool.get(pool) ?? { answeredAtMs: Number.NEGATIVE_INFINITY, rejectWaiting: new Set() };
  stateByPool.set(pool, state);
  return state;
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
  const state = findPoolState(pool);
  return pool.connect(async (connection) => {
    if (performance.now() - state.answeredAtMs > databaseTrustMs)
      await settleInTime(limits.databaseProbeTimeoutMs, connection.exists(sql.unsafe`SELECT 1`), state);
    const result = await settleInTime(timeoutMs, work(connection), state);
    state.answeredAtMs = performance.now();
    return result;
  });
}

/** For when PostgreSQL was silent and answers again: statements on older connections will never be answered. */
export function giveUpWork(pool: DatabasePool): void {
  const { rejectWaiting } = findPoolState(pool);
  for (const reject of rejectWaiting) reject(new DatabaseAwayError('PostgreSQL was silent meanwhile.'));
}

/** For when PostgreSQL has fallen silent: each connection that rests may be half-open, and would cost who takes it a wait. */
export async function dropIdleConnections(pool: DatabasePool): Promise<void> {
  const drop = () => pool.connect(() => Promise.reject(new DatabaseAwayError('PostgreSQL was silent meanwhile.')));
  await Promise.allSettled(Array.from({ length: pool.state().idleConnections }, drop));
}

async function settleInTime<T>(timeoutMs: number, work: Promise<T>, { rejectWaiting }: PoolState): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new DatabaseAwayError(`PostgreSQL did not answer in ${timeoutMs} ms.`)),
    timeoutMs,
  );
  rejectWaiting.add(timeout.reject);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
    rejectWaiting.delete(timeout.reject);
  }
}

/** No SQLSTATE begins with `E`; names of socket errors do, such as `EPIPE`. */
const sqlState = /^[0-9A-DF-Z][0-9A-Z]{4}$/;

/** "Invalid text representation": slonik's own error for it has no code. */
const invalidText = '22P02';

/** The SQLSTATE of a failed statement, wherever slonik or pg keeps it; empty when the failure has none. */
export function sqlStateOf(error: unknown): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && sqlState.test(cause.code)) return cause.code;
    if (cause instanceof InvalidInputError) return invalidText;
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
