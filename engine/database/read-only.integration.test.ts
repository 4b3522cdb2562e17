// The main thread's reads never write: each works on connections that can't write, where every write fails.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import { openPool, sqlStateOf } from '../../actors/persistence/database-pool.ts';
import { storeBatch } from '../../actors/persistence/store-batch.ts';
import { SessionWrites } from '../../actors/testing/session-writes.ts';
import { testSettings } from '../../actors/testing/test-session.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { testBoot, testLoad } from '../testing/run.ts';
import { DirectWrites } from './direct-writes.ts';
import { History } from './history.ts';
import { migrate, readMigrationStatus } from './migrations.ts';
import { burySilentRuns } from './queries/bury-run.ts';
import { insertRun } from './queries/insert-run.ts';
import { updateRunBeat } from './queries/update-run-beat.ts';
import { updateRunEnds } from './queries/update-run-ends.ts';
import { findUnsafeSettings, isReachable } from './server-settings.ts';

const userId = 'ada';
const chat = new SessionWrites('read-only');
const { sessionId, chatId } = chat;
const task = { task: 'Build it', projectId: null, repoUrl: null, branch: null };
const readOnlySqlState = '25006';

let database: TestDatabase;
let pool: DatabasePool;

const open = () => openPool(database.url, { connectionsMax: 2, statementTimeoutMs: 10_000, onError: () => undefined });

before(async () => {
  database = await createTestDatabase();
  const writable = await open();
  await migrate(writable);
  await new DirectWrites(writable).ensureUser(userId);
  const writes = [chat.openWrite(userId), ...chat.eventWrites(3)];
  await storeBatch(
    writable,
    writes.map((write) => ({ host: 0, write })),
    new Map(),
  );
  const name = new URL(database.url).pathname.slice(1);
  await writable.query(sql.unsafe`ALTER DATABASE ${sql.identifier([name])} SET default_transaction_read_only = on`);
  await writable.end();
  pool = await open();
});

after(async () => {
  await pool?.end();
  await database?.drop();
});

const namesOf = (type: { prototype: object }) =>
  Object.getOwnPropertyNames(type.prototype).filter((name) => name !== 'constructor');

const reads: Record<string, (history: History) => Promise<unknown>> = {
  listChats: (history) => history.listChats(userId, { limit: 10, offset: 0 }),
  searchChats: (history) => history.searchChats(userId, ['build'], { limit: 10, offset: 0 }),
  findChat: (history) => history.findChat(userId, chatId),
  listMessages: (history) => history.listMessages(chatId, { limit: 10, afterSequence: 0, withSystem: true }),
  findSession: (history) => history.findSession(sessionId),
  listSameTask: (history) => history.listSameTask(userId, task),
  isLeftBehind: (history) => history.isLeftBehind(userId, task),
  findReport: (history) => history.findReport(sessionId),
  listAllReports: (history) => history.listAllReports({ states: ['live'], before: undefined, limit: 10 }),
  listReports: (history) => history.listReports(userId, { states: ['live'], before: undefined, limit: 10 }),
  findCommand: (history) => history.findCommand(chatId, 'command'),
  wasWorkingAt: (history) => history.wasWorkingAt(chatId, 1),
  findSealedSecrets: (history) => history.findSealedSecrets(sessionId),
  listOverdueWaits: (history) => history.listOverdueWaits({ runId: 'r-1', after: undefined, limit: 10 }),
  findActivatable: (history) => history.findActivatable([sessionId]),
  findEnded: (history) => history.findEnded([sessionId]),
  findForkSource: (history) => history.findForkSource(userId, chatId),
  measureChat: (history) => history.measureChat(chatId, 2),
  findPosition: (history) => history.findPosition(chatId, 2),
  listLastSequences: (history) => history.listLastSequences([chatId]),
  listEvents: (history) => history.listEvents(sessionId, chatId, 0),
  listLatestEvents: (history) => history.listLatestEvents(sessionId, chatId),
};

test('every read of the history works on a read-only connection', async () => {
  assert.deepEqual(Object.keys(reads).sort(), namesOf(History).sort());
  const history = new History(pool);
  for (const read of Object.values(reads)) await read(history);
  assert.equal((await history.listEvents(sessionId, chatId, 0)).length, 3);
});

test('the queries of the start and of the background work on a read-only connection', async () => {
  assert.ok((await readMigrationStatus(pool)).every(({ isApplied }) => isApplied));
  assert.ok(Array.isArray(await findUnsafeSettings(pool)));
  assert.equal(await isReachable(pool), true);
});

const writes: Record<string, (direct: DirectWrites) => Promise<unknown>> = {
  ensureUser: (direct) => direct.ensureUser('somebody new'),
  renameChat: (direct) => direct.renameChat(userId, chatId, 'Mine'),
  removeChat: (direct) => direct.removeChat(userId, chatId),
  insertFork: (direct) =>
    direct.insertFork({
      identity: { sessionId: 'fork', chatId: 'fork', userId },
      sourceId: chatId,
      title: 'Fork',
      settings: testSettings,
      point: { through: 3 },
    }),
  keepFile: (direct) => direct.keepFile(sessionId, 'digest', Buffer.of(1)),
  dropFiles: (direct) => direct.dropFiles(sessionId),
  resealSecrets: (direct) => direct.resealSecrets(sessionId, 'sealed'),
};

test('every write of the main thread fails on a read-only connection', async () => {
  assert.deepEqual(Object.keys(writes).sort(), namesOf(DirectWrites).sort());
  const direct = new DirectWrites(pool);
  const runWrites = [
    insertRun('run', testBoot),
    updateRunBeat('run', { state: 'open', load: testLoad }),
    updateRunEnds(['run'], 'ended'),
    burySilentRuns(5_000),
  ];
  const all = [
    ...Object.values(writes).map((write) => () => write(direct)),
    ...runWrites.map((q) => () => pool.query(q)),
  ];
  for (const write of all) await assert.rejects(write, (error) => sqlStateOf(error) === readOnlySqlState);
});
