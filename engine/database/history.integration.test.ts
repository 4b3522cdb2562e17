// The main thread's own reads and writes: a user's chats, page by page, and the events that a client missed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { storeBatch } from '../../actors/persistence/store-batch.ts';
import { SessionWrites } from '../../actors/testing/session-writes.ts';
import { limits } from '../../schema/limits.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import type { Write } from '../../schema/thread.ts';
import { canResume } from '../server/position.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { DirectWrites } from './direct-writes.ts';
import { History } from './history.ts';
import { migrate } from './migrations.ts';

let database: TestDatabase;
let pool: DatabasePool;
let history: History;
let writes: DirectWrites;
let names = 0;

before(async () => {
  database = await createTestDatabase();
  pool = await openPool(database.url, { connectionsMax: 4, statementTimeoutMs: 20_000, onError: () => undefined });
  await migrate(pool);
  history = new History(pool);
  writes = new DirectWrites(pool);
});

after(async () => {
  await pool?.end();
  await database?.drop();
});

/** A user of this test alone. */
async function newUser(): Promise<string> {
  const userId = `user-${++names}`;
  assert.equal(await writes.ensureUser(userId), true);
  return userId;
}

const store = (...writes: Write[]) =>
  storeBatch(
    pool,
    writes.map((write) => ({ host: 0, write })),
    new Map(),
  );

/** A stored chat of a user with so many events. */
async function chatOf(userId: string, events = 0): Promise<SessionWrites> {
  const writes = new SessionWrites(`${++names}`);
  await store(writes.openWrite(userId), ...writes.eventWrites(events));
  return writes;
}

const touched = (chat: SessionWrites, ms: number) => storeBatch(pool, [], new Map([[chat.chatId, ms]]));

test('a user’s chats come newest first, and pages show each of them once', async () => {
  const userId = await newUser();
  const chats = [await chatOf(userId), await chatOf(userId), await chatOf(userId), await chatOf(userId)];
  for (const [at, ms] of [3_000, 9_000, 3_000, 5_000].entries()) await touched(chats[at] as SessionWrites, ms);
  const all = await history.listChats(userId, { limit: 100, offset: 0 });
  assert.deepEqual(
    all.map((chat) => chat.updatedAtMs),
    [9_000, 5_000, 3_000, 3_000],
  );
  const pages = await Promise.all([0, 2, 4].map((offset) => history.listChats(userId, { limit: 2, offset })));
  assert.deepEqual(pages.flat(), all);
  assert.partialDeepStrictEqual(all[0], {
    id: chats[1]?.chatId,
    agentSessionId: chats[1]?.sessionId,
    title: 'Build it',
  });
});

test('another user’s chat can’t be seen, renamed or deleted', async () => {
  const [owner, other] = [await newUser(), await newUser()];
  const { chatId } = await chatOf(owner, 1);
  assert.deepEqual(await history.listChats(other, { limit: 10, offset: 0 }), []);
  assert.equal(await history.findChat(other, chatId), null);
  assert.equal(await writes.renameChat(other, chatId, 'Mine'), null);
  assert.equal(await writes.removeChat(other, chatId), null);
  assert.equal((await history.findChat(owner, chatId))?.title, 'Build it');
});

test('a chat is renamed without becoming newer, and deleted with all that belongs to it', async () => {
  const userId = await newUser();
  const chat = await chatOf(userId, 3);
  const before = await history.findChat(userId, chat.chatId);
  assert.deepEqual(await writes.renameChat(userId, chat.chatId, 'New ✓'), { ...before, title: 'New ✓' });
  assert.equal((await writes.removeChat(userId, chat.chatId))?.id, chat.chatId);
  assert.equal(await history.findChat(userId, chat.chatId), null);
  assert.equal(await history.findSession(chat.sessionId), null);
  assert.deepEqual(await history.listEvents(chat.sessionId, chat.chatId, 0), []);
});

test('messages come oldest first in pages, with statuses only when asked for', async () => {
  const userId = await newUser();
  const chat = new SessionWrites(`${++names}`);
  const status = () => chat.eventWrite({ eventType: 'Status', role: 'system', metadata: { status: 'ready' } });
  await store(chat.openWrite(userId), status(), ...chat.eventWrites(3), status(), ...chat.eventWrites(2));
  const sequencesOf = async (page: Partial<Parameters<History['listMessages']>[1]>) => {
    const messages = await history.listMessages(chat.chatId, {
      limit: 100,
      afterSequence: 0,
      withSystem: false,
      ...page,
    });
    return messages.map((message) => message.sequence);
  };
  assert.deepEqual(await sequencesOf({}), [2, 3, 4, 6, 7]);
  assert.deepEqual(await sequencesOf({ withSystem: true }), [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(await sequencesOf({ limit: 2 }), [2, 3]);
  assert.deepEqual(await sequencesOf({ limit: 2, afterSequence: 3 }), [4, 6]);
  assert.deepEqual(await sequencesOf({ afterSequence: limits.sequenceMax }), []);
});

test('a message has its metadata as text, whole even where its frame was cut', async () => {
  const userId = await newUser();
  const chat = new SessionWrites(`${++names}`);
  const content = '😀'.repeat(limits.wireContentCharsMax);
  const metadata = { thought: content };
  await store(chat.openWrite(userId), chat.eventWrite({ content, metadata, createdAtMs: 1_771_324_200_123 }));
  const [message] = await history.listMessages(chat.chatId, { limit: 1, afterSequence: 0, withSystem: false });
  assert.equal(message?.content, content);
  assert.equal(message?.metadataJson, JSON.stringify(metadata));
  assert.equal(message?.createdAtMs, 1_771_324_200_123);
});

test('the events that a client missed come in pages, in the same bytes as the live frames', async () => {
  const userId = await newUser();
  const chat = new SessionWrites(`${++names}`);
  const events = chat.eventWrites(limits.replayPageRows + 3);
  await store(chat.openWrite(userId), ...events);
  const frames: string[] = [];
  for (let after = 0; ; ) {
    const page = await history.listEvents(chat.sessionId, chat.chatId, after);
    frames.push(...page.map(frameOf));
    after = page.at(-1)?.sequence ?? after;
    if (page.length < limits.replayPageRows) break;
  }
  assert.deepEqual(
    frames,
    events.map((write) => write.frame),
  );
});

test('a position says which owner wrote the event there and how far the session is', async () => {
  const userId = await newUser();
  const chat = await chatOf(userId, 3);
  assert.deepEqual(await history.findPosition(chat.chatId, 2), { epochThere: 1, lastSequence: 3, epoch: 1 });
  const ahead = await history.findPosition(chat.chatId, limits.sequenceMax);
  assert.deepEqual(ahead, { epochThere: null, lastSequence: 3, epoch: 1 });
  assert.equal(canResume({ lastSequence: limits.sequenceMax, epoch: 1 }, ahead), false);
  assert.deepEqual(await history.findPosition('no-such-chat', 1), { epochThere: null, lastSequence: 0, epoch: 0 });
  const sequences = await history.listLastSequences([chat.chatId, 'no-such-chat']);
  assert.deepEqual(Object.fromEntries(sequences), { [chat.chatId]: 3, 'no-such-chat': 0 });
});

test('a session’s record says whose it is and whether it has ended', async () => {
  const userId = await newUser();
  const chat = await chatOf(userId);
  assert.partialDeepStrictEqual(await history.findSession(chat.sessionId), { userId, state: 'live', task: 'Build it' });
  await store(chat.updateWrite({ state: 'stopped' }));
  assert.equal((await history.findSession(chat.sessionId))?.state, 'stopped');
  assert.equal(await history.findSession('no-such-session'), null);
});

test('a user is made on first use, once, also by many requests at the same time', async () => {
  const userId = `user-${++names}`;
  const made = await Promise.all(Array.from({ length: 10 }, () => new DirectWrites(pool).ensureUser(userId)));
  assert.deepEqual(new Set(made), new Set([true]));
  assert.equal((await pool.any(sql.unsafe`SELECT id FROM users WHERE id = ${userId}`)).length, 1);
});

test('a user that is known to exist costs no query', async () => {
  const userId = await newUser();
  const own = new DirectWrites(pool);
  assert.equal(await own.ensureUser(userId), true);
  await pool.query(sql.unsafe`DELETE FROM users WHERE id = ${userId}`);
  assert.equal(await own.ensureUser(userId), true);
});
