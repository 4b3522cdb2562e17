// Stores one batch in one statement; a batch that PostgreSQL refuses is split until the bad rows stand alone.
import type { CommonQueryMethods, DatabasePool } from 'slonik';
import type { StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import type { EventWrite, Write } from '../../schema/thread.ts';
import { allStored, type BatchResult, type QueuedWrite, type SortedWrites, sortWrites } from './batch.ts';
import { isDataFailure, runInTransaction, runOnConnection, sqlStateOf } from './database-pool.ts';
import { findWriteResults, type WriteResult } from './queries/find-write-results.ts';
import { insertRefusedRow } from './queries/insert-refused-row.ts';
import { insertWrites, type StoreOptions } from './queries/insert-writes.ts';
import { removeLateSessions } from './queries/remove-late-sessions.ts';
import { touchChats } from './queries/touch-chats.ts';

type WriteResults = ReadonlyMap<Write, WriteResult>;

/**
 * @param batch in sequence order for each session
 * @param touches chats whose `updated_at` is due
 * @throws when the failure isn't about data (`isDataFailure`): the caller backs off and tries again, whatever of the
 * batch is stored by then. Every row has an id, so it is found and left as it is.
 */
export async function storeBatch(
  pool: DatabasePool,
  batch: readonly QueuedWrite[],
  touches: ReadonlyMap<string, number>,
  options: StoreOptions = { runId: null, attempt: 'first' },
): Promise<BatchResult> {
  const result = batch.length > 0 ? await storeOrSplit(pool, batch, options) : allStored;
  if (touches.size > 0) await runBounded(pool, (connection) => touchChats(connection, touches));
  return result;
}

async function storeOrSplit(
  pool: DatabasePool,
  batch: readonly QueuedWrite[],
  options: StoreOptions,
): Promise<BatchResult> {
  try {
    return await storeSubstitutes(pool, batch, await storeWhole(pool, sortWrites(batch), options));
  } catch (error) {
    const [only] = batch;
    if (!only || !isDataFailure(error)) throw error;
    if (batch.length > 1) return storeHalves(pool, batch, options);
    return setWriteApart(pool, only, `PostgreSQL refused it (SQLSTATE ${sqlStateOf(error)})`);
  }
}

/** A conflict at the first attempt means that a row is stored already: the batch is then stored again as a repeated one. */
async function storeWhole(
  pool: DatabasePool,
  writes: SortedWrites,
  { runId, attempt }: StoreOptions,
): Promise<WriteResults> {
  try {
    if (attempt === 'first') return await storeAtOnce(pool, writes, { runId, attempt });
  } catch (error) {
    if (!isDataFailure(error)) throw error;
  }
  const again = { runId, attempt: 'again' } as const;
  return writes.opens.length > 0 ? openAgain(pool, writes, again) : storeAtOnce(pool, writes, again);
}

const runBounded = <T>(pool: DatabasePool, work: (connection: CommonQueryMethods) => Promise<T>): Promise<T> =>
  runOnConnection(pool, limits.databaseSilenceTimeoutMs, work);

const runBoundedTransaction = <T>(
  pool: DatabasePool,
  work: (connection: CommonQueryMethods) => Promise<T>,
): Promise<T> =>
  runOnConnection(pool, limits.databaseSilenceTimeoutMs, (connection) => runInTransaction(pool, connection, work));

/** One statement needs no transaction, which saves round trips. */
const storeAtOnce = (pool: DatabasePool, writes: SortedWrites, options: StoreOptions): Promise<WriteResults> =>
  runBounded(pool, (connection) => storeOn(connection, writes, options));

async function storeOn(
  connection: CommonQueryMethods,
  writes: SortedWrites,
  options: StoreOptions,
): Promise<WriteResults> {
  const inserted = await insertWrites(connection, writes, options);
  return inserted < writes.events.length ? findWriteResults(connection, writes.events) : new Map();
}

/** Sessions of which some may be stored already; updates follow in a statement of their own, which finds the new and the old rows. */
const openAgain = (
  pool: DatabasePool,
  { opens, events, updates }: SortedWrites,
  options: StoreOptions,
): Promise<WriteResults> =>
  runBoundedTransaction(pool, async (connection) => {
    const writeResults = await storeOn(connection, { opens, events, updates: [] }, options);
    const late = await removeLateSessions(connection, opens);
    await insertWrites(connection, { opens: [], events: [], updates }, options);
    return new Map<Write, WriteResult>([
      ...writeResults,
      ...late.map((open): [Write, WriteResult] => [open, 'fenced']),
    ]);
  });

/** Stores a substitute for each event whose command id or place is taken, so that the sequence has no gap. */
async function storeSubstitutes(
  pool: DatabasePool,
  batch: readonly QueuedWrite[],
  writeResults: ReadonlyMap<Write, WriteResult>,
): Promise<BatchResult> {
  let result: BatchResult = { ...allStored, writeResults };
  for (const queued of batch) {
    if (writeResults.get(queued.write) !== 'refused') continue;
    result = mergeResults(result, await setWriteApart(pool, queued, 'its command id or its place is taken'));
  }
  return result;
}

const mergeResults = (first: BatchResult, second: BatchResult): BatchResult => ({
  writeResults: new Map([...first.writeResults, ...second.writeResults]),
  reasons: new Map([...first.reasons, ...second.reasons]),
  substitutes: new Map([...first.substitutes, ...second.substitutes]),
});

async function storeHalves(
  pool: DatabasePool,
  batch: readonly QueuedWrite[],
  options: StoreOptions,
): Promise<BatchResult> {
  const middle = Math.ceil(batch.length / 2);
  const first = await storeOrSplit(pool, batch.slice(0, middle), options);
  const second = await storeOrSplit(pool, batch.slice(middle), options);
  return mergeResults(first, second);
}

/**
 * Keeps what was refused in `refused_rows`, and stores an event that says why in its place, so that the sequence has no gap.
 */
async function setWriteApart(pool: DatabasePool, { write }: QueuedWrite, reason: string): Promise<BatchResult> {
  const result = (writeResult: WriteResult, substitute?: EventWrite): BatchResult => ({
    writeResults: new Map([[write, writeResult]]),
    reasons: new Map([[write, reason]]),
    substitutes: new Map(substitute && [[write, substitute]]),
  });
  if (write.kind !== 'event') {
    await keepRefusedRow(pool, write, reason);
    return result('refused');
  }
  const substitute = substituteOf(write, reason);
  const alone: StoreOptions = { runId: null, attempt: 'again' };
  try {
    const writeResult = await runBoundedTransaction(pool, async (connection) => {
      const writeResults = await storeOn(connection, { opens: [], events: [substitute], updates: [] }, alone);
      const substituteResult = writeResults.get(substitute) ?? 'stored';
      if (substituteResult === 'stored') await insertRefusedRow(connection, write, reason);
      return substituteResult;
    });
    if (writeResult === 'refused') await keepRefusedRow(pool, write, reason);
    return writeResult === 'stored' ? result(writeResult, substitute) : result(writeResult);
  } catch (error) {
    if (!isDataFailure(error)) throw error;
    await keepRefusedRow(pool, write, reason);
    return result('refused');
  }
}

const keepRefusedRow = (pool: DatabasePool, write: Write, reason: string): Promise<void> =>
  runBounded(pool, (connection) => insertRefusedRow(connection, write, reason));

function substituteOf(write: EventWrite, reason: string): EventWrite {
  const event: StoredEvent = {
    ...write.event,
    role: 'system',
    eventType: 'StorageErrorEvent',
    content: `This event could not be stored: ${reason}.`,
    metadata: null,
    commandId: null,
  };
  return { ...write, event, frame: frameOf(event) };
}
