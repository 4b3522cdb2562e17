// Takes the next batch from what waits, and groups its results by host. Pure.
import type { StoredEvent } from '../../schema/event.ts';
import type { CommittedFrame, EventWrite, OpenWrite, UpdateWrite, Write } from '../../schema/thread.ts';
import { bytesOf } from '../write-bytes.ts';
import type { WriteResult } from './queries/find-write-results.ts';

/** Rows of one batch: inserts of a thousand are the fastest (37,500 to 47,000 rows/s; 29,700 to 40,700 in batches of 300). */
export const batchRowsMax = 2_000;
/** Bytes of text in one batch, so that a few huge rows don't make a statement of hundreds of megabytes. */
export const batchBytesMax = 16 * 1024 * 1024;

export type QueuedWrite = { host: number; write: Write };

/** How many of the waiting writes, from the first on, make the next batch: bounded in rows and in bytes. */
export function chooseBatchLength(waiting: readonly QueuedWrite[]): number {
  let bytes = 0;
  const rowsMax = Math.min(waiting.length, batchRowsMax);
  for (let rows = 0; rows < rowsMax; rows++) {
    const write = waiting[rows]?.write;
    if (write) bytes += bytesOf(write);
    if (bytes > batchBytesMax) return Math.max(rows, 1);
  }
  return rowsMax;
}

export type SortedWrites = { opens: OpenWrite[]; events: EventWrite[]; updates: UpdateWrite[] };

export function sortWrites(batch: readonly QueuedWrite[]): SortedWrites {
  const kinds: SortedWrites = { opens: [], events: [], updates: [] };
  for (const { write } of batch) {
    if (write.kind === 'event') kinds.events.push(write);
    else if (write.kind === 'open') kinds.opens.push(write);
    else kinds.updates.push(write);
  }
  return kinds;
}

/** The results of a stored batch; writes that are simply stored are left out. */
export type BatchResult = {
  writeResults: ReadonlyMap<Write, WriteResult>;
  /** Why PostgreSQL refused a write. */
  reasons: ReadonlyMap<Write, string>;
  /** What is stored in the place of an event that was refused. */
  substitutes: ReadonlyMap<Write, EventWrite>;
};

/** Every write of the batch is stored. */
export const allStored: BatchResult = { writeResults: new Map(), reasons: new Map(), substitutes: new Map() };

/** Frames of committed rows, in the order of the batch: what the main thread gets. */
export function collectFrames(
  batch: readonly QueuedWrite[],
  { writeResults, substitutes }: BatchResult,
): CommittedFrame[] {
  const frames: CommittedFrame[] = [];
  for (const { write } of batch) {
    if (write.kind !== 'event' || (writeResults.get(write) ?? 'stored') !== 'stored') continue;
    const { sessionId, event, frame, isLast } = substitutes.get(write) ?? write;
    frames.push({ sessionId, epoch: event.epoch, sequence: event.sequence, frame, isLast });
  }
  return frames;
}

export type HostResult = {
  writes: number;
  /** `[sessionId, sequence]` pairs, flattened. */
  positions: (string | number)[];
  fenced: string[];
  gone: string[];
  refused: { sessionId: string; sequence: number; reason: string }[];
  /** What is stored in the place of events that were refused. */
  replaced: StoredEvent[];
};

/** What each host is told of its writes. */
export function groupResultsByHost(batch: readonly QueuedWrite[], result: BatchResult): Map<number, HostResult> {
  const byHost = Map.groupBy(batch, ({ host }) => host);
  return new Map([...byHost].map(([host, queued]) => [host, hostResultOf(queued, result)]));
}

function hostResultOf(queued: readonly QueuedWrite[], { writeResults, reasons, substitutes }: BatchResult): HostResult {
  const committed = new Map<string, number>();
  const result: HostResult = { writes: queued.length, positions: [], fenced: [], gone: [], refused: [], replaced: [] };
  for (const { write } of queued) {
    const { sessionId } = write;
    const writeResult = writeResults.get(write) ?? 'stored';
    const sequence = write.kind === 'event' ? write.event.sequence : 0;
    if (writeResult === 'fenced') result.fenced.push(sessionId);
    else if (writeResult === 'gone') result.gone.push(sessionId);
    else if (writeResult === 'refused')
      result.refused.push({ sessionId, sequence, reason: reasons.get(write) ?? 'its place is taken' });
    else if (write.kind !== 'update') committed.set(sessionId, sequence);
    const substitute = substitutes.get(write);
    if (substitute) result.replaced.push(substitute.event);
  }
  result.positions = [...committed].flat();
  return result;
}
