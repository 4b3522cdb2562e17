// Stores one batch in one transaction; a batch that PostgreSQL refuses is split until the bad rows stand alone.
import type { CommonQueryMethods, DatabasePool } from 'slonik';
import { frameOf, type StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import type { EventWrite, Write } from '../../schema/thread.ts';
import { nothingSpecial, type Queued, type Result, sorted } from './batch.ts';
import { isDataFailure, sqlStateOf, withConnection } from './database.ts';
import { insertEvents } from './queries/insert-events.ts';
import { insertRefusedRow } from './queries/insert-refused-row.ts';
import { openSessions } from './queries/open-sessions.ts';
import { touchChats } from './queries/touch-chats.ts';
import { updateSessions } from './queries/update-sessions.ts';
import { type Fate, whatBecameOf } from './queries/what-became-of.ts';

/**
 * @param batch in sequence order for each session; an event that is refused is replaced in place by one that says so
 * @param touches chats whose `updated_at` is due
 * @param runId the start of the engine that owns the sessions opened here; null for none
 * @throws when the failure isn't about data (`isDataFailure`): the caller backs off and tries again, whatever of the
 * batch is stored by then. Every row has an id, so it is found and left as it is.
 */
export async function storeBatch(
  pool: DatabasePool,
  batch: readonly Queued[],
  touches: ReadonlyMap<string, number>,
  runId: string | null = null,
): Promise<Result> {
  try {
    const fates = await storeAll(pool, batch, touches, runId);
    return await withSubstitutes(pool, batch, fates);
  } catch (error) {
    if (!isDataFailure(error)) throw error;
    const [only] = batch;
    if (!only) return nothingSpecial; // The touches alone: chats that are gone.
    if (batch.length > 1) return storeHalves(pool, batch, touches, runId);
    return setApart(pool, only, `PostgreSQL refused it (SQLSTATE ${sqlStateOf(error)})`);
  }
}

/** Events alone are one statement, which needs no transaction around it: that saves two round trips. */
function storeAll(
  pool: DatabasePool,
  batch: readonly Queued[],
  touches: ReadonlyMap<string, number>,
  runId: string | null,
): Promise<Map<Write, Fate>> {
  const { opens, events, updates } = sorted(batch);
  if (opens.length === 0 && updates.length === 0 && touches.size === 0)
    return withConnection(pool, limits.databaseSilenceTimeoutMs, (connection) => storeEvents(connection, events));
  return inTransaction(pool, async (connection) => {
    const tooLate = opens.length > 0 ? await openSessions(connection, opens, runId) : [];
    const fates = new Map<Write, Fate>(await storeEvents(connection, events));
    for (const open of tooLate) fates.set(open, 'fenced');
    if (updates.length > 0) await updateSessions(connection, updates);
    if (touches.size > 0) await touchChats(connection, touches);
    return fates;
  });
}

/** All or nothing, and in bounded time. */
const inTransaction = <T>(pool: DatabasePool, work: (connection: CommonQueryMethods) => Promise<T>): Promise<T> =>
  withConnection(pool, limits.databaseSilenceTimeoutMs, (connection) => connection.transaction(work));

async function storeEvents(connection: CommonQueryMethods, events: EventWrite[]): Promise<Map<EventWrite, Fate>> {
  if (events.length === 0) return new Map();
  const inserted = await insertEvents(connection, events);
  return inserted < events.length ? whatBecameOf(connection, events) : new Map();
}

/** An event whose command id was used long ago leaves no gap either. */
async function withSubstitutes(
  pool: DatabasePool,
  batch: readonly Queued[],
  fates: ReadonlyMap<Write, Fate>,
): Promise<Result> {
  let result: Result = { fates, reasons: new Map() };
  for (const queued of batch) {
    if (fates.get(queued.write) !== 'refused') continue;
    result = merged(result, await setApart(pool, queued, 'its command id or its place is taken'));
  }
  return result;
}

const merged = (first: Result, second: Result): Result => ({
  fates: new Map([...first.fates, ...second.fates]),
  reasons: new Map([...first.reasons, ...second.reasons]),
});

async function storeHalves(
  pool: DatabasePool,
  batch: readonly Queued[],
  touches: ReadonlyMap<string, number>,
  runId: string | null,
): Promise<Result> {
  const middle = Math.ceil(batch.length / 2);
  const first = await storeBatch(pool, batch.slice(0, middle), touches, runId);
  const second = await storeBatch(pool, batch.slice(middle), new Map(), runId);
  return merged(first, second);
}

/**
 * Keeps what was refused in `refused_rows`, and the sequence without a gap: in the refused event's place stands one
 * that says why it isn't there.
 */
async function setApart(pool: DatabasePool, { write }: Queued, reason: string): Promise<Result> {
  const result = (fate: Fate): Result => ({ fates: new Map([[write, fate]]), reasons: new Map([[write, reason]]) });
  if (write.kind !== 'event') {
    await keepRefused(pool, write, reason);
    return result('refused');
  }
  const substitute = substituteOf(write, reason);
  try {
    const fate = await inTransaction(pool, async (connection) => {
      const fateOfSubstitute = (await storeEvents(connection, [substitute])).get(substitute) ?? 'stored';
      if (fateOfSubstitute === 'stored') await insertRefusedRow(connection, write, reason);
      return fateOfSubstitute;
    });
    if (fate === 'refused') await keepRefused(pool, write, reason);
    if (fate === 'stored') Object.assign(write, substitute); // Only now: until COMMIT the original may have to be tried again.
    return result(fate);
  } catch (error) {
    if (!isDataFailure(error)) throw error;
    await keepRefused(pool, write, reason);
    return result('refused');
  }
}

const keepRefused = (pool: DatabasePool, write: Write, reason: string): Promise<void> =>
  withConnection(pool, limits.databaseSilenceTimeoutMs, (connection) => insertRefusedRow(connection, write, reason));

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
