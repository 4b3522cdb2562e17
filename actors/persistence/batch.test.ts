// Batches are bounded and never empty, and every host is told what became of its writes, in order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Write } from '../../schema/thread.ts';
import { SessionWrites } from '../testing/session-writes.ts';
import { bytesOf } from '../write-bytes.ts';
import {
  allStored,
  type BatchResult,
  batchBytesMax,
  batchRowsMax,
  chooseBatchLength,
  collectFrames,
  groupResultsByHost,
  type QueuedWrite,
  sortWrites,
} from './batch.ts';
import type { WriteResult } from './queries/find-write-results.ts';

type Plan = { host: number; session: number; kind: Write['kind']; writeResult: WriteResult };

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  host: fc.nat({ max: 2 }),
  session: fc.nat({ max: 2 }),
  kind: fc.constantFrom('event', 'event', 'event', 'open', 'update'),
  writeResult: fc.constantFrom('stored', 'stored', 'fenced', 'gone', 'refused'),
});

/** A batch of sessions that live on one host each, and what became of it. */
function batchOf(plans: readonly Plan[]): { batch: QueuedWrite[]; result: BatchResult; writeResults: WriteResult[] } {
  const sessions = new Map<string, SessionWrites>();
  const writeResults = new Map<Write, WriteResult>();
  const batch = plans.map(({ host, session, kind, writeResult }): QueuedWrite => {
    const name = `${host}-${session}`;
    const writes = sessions.get(name) ?? new SessionWrites(name);
    sessions.set(name, writes);
    const write = kind === 'event' ? writes.eventWrite() : kind === 'open' ? writes.openWrite() : writes.updateWrite();
    if (writeResult !== 'stored') writeResults.set(write, writeResult);
    return { host, write };
  });
  return { batch, result: { ...allStored, writeResults }, writeResults: plans.map((plan) => plan.writeResult) };
}

const anyBatch = fc.array(anyPlan, { maxLength: 60, size: 'max' }).map(batchOf);

/** An event that takes at least so many bytes. */
const createWrite = (session: SessionWrites, bytes: number): QueuedWrite => ({
  host: 0,
  write: session.eventWrite({ content: 'x'.repeat(bytes / 2) }),
});

test('a batch holds at least one write if any waits, and none that doesn’t', async () => {
  const sizes = fc.array(fc.constantFrom(0, 100, batchBytesMax / 4, batchBytesMax + 2), {
    maxLength: 12,
  });
  await fc.assert(
    fc.property(sizes, (bytes) => {
      const session = new SessionWrites('1');
      const waiting = bytes.map((size) => createWrite(session, size));
      const length = chooseBatchLength(waiting);
      assert.ok(length <= waiting.length);
      assert.equal(length > 0, waiting.length > 0);
      const sizeOf = (queued: QueuedWrite[]) => queued.reduce((sum, { write }) => sum + bytesOf(write), 0);
      const total = sizeOf(waiting.slice(0, length));
      assert.ok(length === 1 || total <= batchBytesMax, 'only a write that is too large alone exceeds the bound');
      const withNext = sizeOf(waiting.slice(0, length + 1));
      if (length < waiting.length) assert.ok(withNext > batchBytesMax, 'as many as fit are taken');
    }),
  );
});

test('a batch holds as many rows as the limit and no more', () => {
  const session = new SessionWrites('1');
  const waiting = session.eventWrites(batchRowsMax + 5).map((write) => ({ host: 0, write }));
  assert.equal(chooseBatchLength(waiting), batchRowsMax);
  assert.equal(chooseBatchLength(waiting.slice(6)), batchRowsMax - 1);
  assert.equal(chooseBatchLength([]), 0);
});

test('sorting a batch by kind loses nothing and keeps each kind in order', async () => {
  await fc.assert(
    fc.property(anyBatch, ({ batch }) => {
      const kinds = sortWrites(batch);
      const ofKind = (kind: Write['kind']) => batch.map(({ write }) => write).filter((write) => write.kind === kind);
      assert.deepEqual(kinds, { opens: ofKind('open'), events: ofKind('event'), updates: ofKind('update') });
    }),
  );
});

test('the main thread gets the frame of every stored event in the order of the batch, and no other', async () => {
  await fc.assert(
    fc.property(anyBatch, ({ batch, result, writeResults }) => {
      const expected = batch.flatMap(({ write }, at) =>
        write.kind === 'event' && writeResults[at] === 'stored'
          ? [
              {
                sessionId: write.sessionId,
                epoch: write.event.epoch,
                sequence: write.event.sequence,
                frame: write.frame,
                isLast: false,
              },
            ]
          : [],
      );
      assert.deepEqual(collectFrames(batch, result), expected);
    }),
  );
});

test('where every write is stored every event’s frame goes out', () => {
  const session = new SessionWrites('1');
  const batch = session.eventWrites(3).map((write) => ({ host: 0, write }));
  assert.deepEqual(
    collectFrames(batch, allStored).map((frame) => frame.sequence),
    [1, 2, 3],
  );
});

test('every write is counted once, by the host that made it', async () => {
  await fc.assert(
    fc.property(anyBatch, ({ batch, result }) => {
      const counts = [...groupResultsByHost(batch, result)].map(([host, { writes }]) => [host, writes]);
      const expected = Map.groupBy(batch, ({ host }) => host);
      assert.deepEqual(
        Object.fromEntries(counts),
        Object.fromEntries([...expected].map(([host, all]) => [host, all.length])),
      );
    }),
  );
});

test('a host is told the last committed sequence of each of its sessions, which were fenced or are gone, and what was refused', async () => {
  await fc.assert(
    fc.property(anyBatch, ({ batch, result, writeResults }) => {
      for (const [host, hostResult] of groupResultsByHost(batch, result)) {
        const mine = batch
          .map(({ host: by, write }, at) => ({ by, write, writeResult: writeResults[at] }))
          .filter(({ by }) => by === host);
        const positions = new Map<string, number>();
        for (const { write, writeResult } of mine)
          if (writeResult === 'stored' && write.kind !== 'update')
            positions.set(write.sessionId, write.kind === 'event' ? write.event.sequence : 0);
        assert.deepEqual(hostResult.positions, [...positions].flat());
        const idsOf = (writeResult: WriteResult) =>
          mine.filter((one) => one.writeResult === writeResult).map(({ write }) => write.sessionId);
        assert.deepEqual(hostResult.fenced, idsOf('fenced'));
        assert.deepEqual(hostResult.gone, idsOf('gone'));
        assert.deepEqual(
          hostResult.refused.map(({ sessionId }) => sessionId),
          idsOf('refused'),
        );
      }
    }),
  );
});

test('a refusal says which event and why, and a refused opening says 0', () => {
  const session = new SessionWrites('1');
  const [open, event] = [session.openWrite(), session.eventWrite()];
  const batch = [open, event].map((write) => ({ host: 4, write }));
  const writeResults = new Map<Write, WriteResult>(batch.map(({ write }) => [write, 'refused']));
  const result = groupResultsByHost(batch, {
    ...allStored,
    writeResults,
    reasons: new Map([[open, 'SQLSTATE 23503']]),
  }).get(4);
  assert.deepEqual(result?.refused, [
    { sessionId: 's-1', sequence: 0, reason: 'SQLSTATE 23503' },
    { sessionId: 's-1', sequence: 1, reason: 'its place is taken' },
  ]);
});
