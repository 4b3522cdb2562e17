// Stores one batch in one transaction; a batch that PostgreSQL refuses is split until the bad rows stand alone.
import type { DatabasePool, DatabaseTransactionConnection } from 'slonik';
import { frameOf, type StoredEvent } from '../../schema/event.ts';
import type { EventWrite, Write } from '../../schema/thread.ts';
import { nothingSpecial, type Queued, type Result, sorted } from './batch.ts';
import { isDataFailure, sqlStateOf } from './database.ts';
import { insertEvents } from './queries/insert-events.ts';
import { openSessions } from './queries/open-sessions.ts';
import { touchChats } from './queries/touch-chats.ts';
import { updateSessions } from './queries/update-sessions.ts';
import { type Fate, whatBecameOf } from './queries/what-became-of.ts';

/**
 * @param batch in sequence order for each session; an event that is refused is replaced in place by one that says so
 * @param touches chats whose `updated_at` is due
 * @throws when the failure isn't about data (SQLSTATE classes 22 and 23): the caller backs off and tries again
 */
export async function storeBatch(
  pool: DatabasePool,
  batch: readonly Queued[],
  touches: ReadonlyMap<string, number>,
): Promise<Result> {
  try {
    return { fates: await pool.transaction((connection) => storeAll(connection, batch, touches)), reasons: new Map() };
  } catch (error) {
    if (!isDataFailure(error)) throw error;
    const [only] = batch;
    if (!only) return nothingSpecial; // The touches alone: chats that are gone.
    if (batch.length > 1) return storeHalves(pool, batch, touches);
    return setApart(pool, only, `PostgreSQL refused it (SQLSTATE ${sqlStateOf(error)})`);
  }
}

async function storeAll(
  connection: DatabaseTransactionConnection,
  batch: readonly Queued[],
  touches: ReadonlyMap<string, number>,
): Promise<Map<EventWrite, Fate>> {
  const { opens, events, updates } = sorted(batch);
  let fates = new Map<EventWrite, Fate>();
  if (opens.length > 0) await openSessions(connection, opens);
  if (events.length > 0) {
    const inserted = await insertEvents(connection, events);
    if (inserted < events.length) fates = await whatBecameOf(connection, events);
  }
  if (updates.length > 0) await updateSessions(connection, updates);
  if (touches.size > 0) await touchChats(connection, touches);
  return fates;
}

async function storeHalves(
  pool: DatabasePool,
  batch: readonly Queued[],
  touches: ReadonlyMap<string, number>,
): Promise<Result> {
  const middle = Math.ceil(batch.length / 2);
  const first = await storeBatch(pool, batch.slice(0, middle), touches);
  const second = await storeBatch(pool, batch.slice(middle), new Map());
  return {
    fates: new Map([...first.fates, ...second.fates]),
    reasons: new Map([...first.reasons, ...second.reasons]),
  };
}

/** Keeps the sequence without a gap: in the refused event's place stands one that says why it isn't there. */
async function setApart(pool: DatabasePool, queued: Queued, reason: string): Promise<Result> {
  const { write } = queued;
  const refused: Result = { fates: new Map([[write, 'refused' as const]]), reasons: new Map([[write, reason]]) };
  if (write.kind !== 'event') return refused;
  const substitute = { ...write, ...substituteOf(write.event, reason) };
  try {
    await pool.transaction((connection) => insertEvents(connection, [substitute]));
  } catch (error) {
    if (!isDataFailure(error)) throw error;
    return refused;
  }
  Object.assign(write, substitute);
  return { fates: new Map(), reasons: new Map<Write, string>([[write, reason]]) };
}

function substituteOf(event: StoredEvent, reason: string): { event: StoredEvent; frame: string } {
  const content = `This event could not be stored: ${reason}.`;
  const substitute: StoredEvent = {
    ...event,
    role: 'system',
    eventType: 'StorageErrorEvent',
    content,
    metadata: null,
    commandId: null,
  };
  return { event: substitute, frame: frameOf(substitute) };
}
