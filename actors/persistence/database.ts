// How the engine opens a pool of connections to PostgreSQL, on whichever thread.
import { createPool, createTypeParserPreset, type DatabasePool, type Interceptor, SchemaValidationError } from 'slonik';

export type PoolOptions = {
  connectionsMax: number;
  statementTimeoutMs: number;
  /** Hears when the server goes away; queries that fail say so themselves. */
  onError(error: Error): void;
};

/** @param url `postgresql://…`; SQLAlchemy's `postgresql+asyncpg://` means the same here */
export async function openPool(url: string, options: PoolOptions): Promise<DatabasePool> {
  const pool = await createPool(url.replace(/^postgres(ql)?\+\w+:/, 'postgresql:'), {
    captureStackTrace: false,
    connectionTimeout: 5_000,
    idleTimeout: 60_000,
    interceptors: [rowValidation],
    maxPoolSize: options.connectionsMax,
    resetConnection: async () => undefined, // No statement of ours leaves anything behind; `DISCARD ALL` costs a round trip.
    statementTimeout: options.statementTimeoutMs,
    typeParsers: createTypeParserPreset(),
  });
  pool.on('error', options.onError); // Unhandled, it would end the process.
  return pool;
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

/** The SQLSTATE of a failed statement, wherever slonik or pg keeps it; empty when the failure has none. */
export function sqlStateOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^[0-9A-Z]{5}$/.test(at.code)) return at.code;
  }
  return '';
}

/** Whether PostgreSQL refused the data itself (classes 22 and 23): trying again can't help. */
export const isDataFailure = (error: unknown): boolean => /^2[23]/.test(sqlStateOf(error));
