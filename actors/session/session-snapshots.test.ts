// What a session keeps of its workspace outlives an end that isn't its own, and tells people nothing of the machine.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { openSnapshotsOf } from '../../sandbox/snapshot/snapshot-archive.ts';
import { succeeded } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { Masking } from '../../schema/rules/masking.ts';
import type { SessionSettings } from '../../schema/session.ts';
import { passLoop } from '../testing/event-loop.ts';
import { testRecord, testSettings } from '../testing/test-session.ts';
import { WriteBuffer } from '../write-buffer.ts';
import { Recorder } from './recorder.ts';
import { SessionSnapshots } from './session-snapshots.ts';

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('x');
}

async function openSession(
  t: TestContext,
  settings: Partial<SessionSettings> = {},
  events?: StoredEvent[],
  epoch?: number,
) {
  const folder = await mkdtemp('/tmp/lucid-session-snapshots-');
  t.after(() => rm(folder, { recursive: true, force: true }));
  const open = openSnapshotsOf({ place: { kind: 'folder', folder }, sealingKey: randomBytes(32) });
  assert.ok(open);
  const record = testRecord({ settings: { ...testSettings, ...settings }, ...(epoch !== undefined && { epoch }) });
  const writeBuffer = new WriteBuffer(() => undefined);
  const recorder = new Recorder({ record, writeBuffer, getMasking: () => new Masking([]), now: () => 1_000 }, events);
  const troubles: string[] = [];
  const snapshots = new SessionSnapshots({
    record,
    recorder,
    open,
    mayExist: events !== undefined,
    onTrouble: (reason) => troubles.push(reason),
  });
  return { folder, open, record, recorder, snapshots, troubles };
}

const say = (recorder: Recorder, metadata = {}) =>
  recorder.recordEvent({ role: 'assistant', eventType: 'ThinkAction', content: '', metadata });

const head = { commit: 'a'.repeat(40), before: [], baseBytes: 1, differenceBytes: 0 };

/** A session for which another owner has stored a snapshot, and whose last event isn't stored yet. */
async function openLost(t: TestContext) {
  const session = await openSession(t);
  const { store } = await session.open();
  await store.put('s-1', { epoch: 2, sequence: 1 }, head, oneByte());
  say(session.recorder);
  return { ...session, left: () => store.list('s-1', 9) };
}

const taken = { id: 'a', commit: 'a'.repeat(40), isBase: true, bytes: 1, leftOut: 0, leftOutNames: [] };
const done = async () => succeeded(undefined);
const sandbox = {
  snapshots: {
    take: async () => succeeded(taken),
    readPart: async () => succeeded(Buffer.from('x')),
    addPart: done,
    takeOver: done,
    restore: done,
  },
} as unknown as Sandbox;

test('a stop that is not stored, since another owner has the session, removes none of its snapshots', async (t) => {
  const { snapshots, recorder, left } = await openLost(t);
  const removing = snapshots.removeAll();
  await passLoop();
  recorder.stopStoring();
  await removing;
  assert.deepEqual(await left(), ['2-1']);
});

test('a stop that is stored removes them, and so does the end of a chat that is deleted', async (t) => {
  const stopped = await openLost(t);
  const removing = stopped.snapshots.removeAll();
  stopped.recorder.markCommitted(stopped.recorder.sequence);
  await removing;
  assert.deepEqual(await stopped.left(), []);
  const deleted = await openLost(t);
  deleted.recorder.stopStoring();
  await deleted.snapshots.removeAll();
  assert.deepEqual(await readdir(deleted.folder), []);
});

test('why the store takes nothing is for the log: people hear no paths and addresses', async (t) => {
  const { folder, recorder, snapshots, troubles } = await openSession(t);
  await writeFile(path.join(folder, 's-1'), 'no folder');
  const { sequence } = say(recorder);
  recorder.markCommitted(sequence);
  snapshots.noteChange(sandbox);
  await snapshots.settle(sandbox);
  const [told] = recorder.events.filter(({ eventType }) => eventType === 'SnapshotFailed');
  assert.match(
    told?.content ?? '',
    /could not be kept outside of its sandbox: The store of workspaces can't be written/,
  );
  assert.equal(told?.content.includes(folder), false);
  assert.ok(troubles.join().includes(folder));
});

test('a fork names none of the snapshots of the session that it goes on from', async (t) => {
  const { recorder } = await openSession(t);
  say(recorder, { snapshot: '1-1' });
  say(recorder);
  const fork = { chatId: 'c-0', sequence: 1, task: 'Build it' };
  assert.equal((await openSession(t, { forkedFrom: fork }, recorder.events)).snapshots.lastName, undefined);
  assert.equal((await openSession(t, {}, recorder.events)).snapshots.lastName, '1-1');
});

test('after a database is restored from a backup, files of the conversation that it has lost do not come back', async (t) => {
  const earlier = (await openSession(t)).recorder;
  for (let said = 0; said < 2; said++) say(earlier);
  const { open, recorder, snapshots } = await openSession(t, {}, earlier.events, 4);
  const { store } = await open();
  const [kept, lost] = [{ epoch: 3, sequence: 2 }, [[3, 3] as const, [4, 5] as const, [5, 6] as const]];
  for (const [epoch, sequence] of [[kept.epoch, kept.sequence] as const, ...lost])
    await store.put('s-1', { epoch, sequence }, head, oneByte());
  for (let said = 0; said < 4; said++) recorder.markCommitted(say(recorder).sequence);
  const restore = async () => {
    const restored = await snapshots.restore(sandbox, done);
    return restored.ok && restored.value?.snapshot?.name;
  };
  assert.equal(await restore(), '3-2');

  snapshots.noteChange(sandbox);
  await snapshots.settle(sandbox);
  assert.equal(await restore(), '4-6', 'but what this owner has stored does');
  assert.ok((await store.list('s-1', 9)).includes('5-6'), 'and nothing of an owner that may live elsewhere is removed');
});
