// Chats are found by the words of their title and of what was said in them, by their owner only.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPool, type DatabasePool, sql } from 'slonik';
import { startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs } from '../../testing/rest.ts';

type Found = { id: string; title: string; match: { sequence: number; snippet: string } | null };

let engine: TestEngine;
let pool: DatabasePool;
before(async () => {
  engine = await startTestEngine();
  pool = await createPool(engine.databaseUrl);
});
after(async () => {
  await pool?.end();
  await engine?.close();
});

/** A chat whose session waits, so that nothing else is said in it. */
async function makeChat(user: string, title: string, said: { type?: string; content: string }[] = []): Promise<string> {
  await callAs(engine, user, 'POST', '/api/v1/sessions', { task: title });
  const { body } = await callAs<{ chats: Found[] }>(engine, user, 'GET', '/api/v1/chats');
  const id = body.chats.find((chat) => chat.title === title)?.id;
  assert.ok(id);
  for (const [at, { type = 'MessageAction', content }] of said.entries())
    await pool.query(sql.unsafe`
      INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, event_type, sequence, epoch)
      VALUES (${`${id}-${at}`}, ${id}, 'assistant', ${content}, ${type}, ${100 + at}, 1)`);
  return id;
}

async function search(user: string, q: string, more = ''): Promise<Found[]> {
  const path = `/api/v1/chats?q=${encodeURIComponent(q)}${more}`;
  const { status, body } = await callAs<{ chats: Found[] }>(engine, user, 'GET', path);
  assert.equal(status, 200);
  return body.chats;
}

const idsOf = (found: Found[]) => found.map(({ id }) => id);

test('a chat is found by words of its title, whole or begun, in any case and order', async () => {
  const id = await makeChat('titles', 'Repair the Login page of München');
  for (const q of ['login', 'LOG', 'page repair', 'münchen', '  login,   page!  ']) {
    const found = await search('titles', q);
    assert.deepEqual(idsOf(found), [id], q);
  }
  assert.deepEqual(await search('titles', 'login logout'), []);
});

test('markup that was said is in the words around', async () => {
  await makeChat('markup', 'A page', [{ content: 'Make the title <b>bold</b> and 1 < 2 <!-- so -->' }]);
  const [found] = await search('markup', 'make');
  assert.equal(found?.match?.snippet, 'Make the title <b>bold</b> and 1 < 2 <!-- so -->');
});

test('a chat is found by what was said in it, with the place and some words around', async () => {
  const content = `${'Some words before it. '.repeat(20)}The bug was in src/session_store.ts, in readCookie().`;
  const id = await makeChat('texts', 'A task', [{ content: 'nothing here' }, { content }]);
  for (const q of ['bug', 'session_store.ts', 'store', 'src/session', 'readcookie()']) {
    const [found] = await search('texts', q);
    assert.equal(found?.id, id, q);
    assert.equal(found.match?.sequence, 101, q);
  }
  const [found] = await search('texts', 'bug');
  assert.match(found?.match?.snippet ?? '', /The bug was in/);
  assert.ok((found?.match?.snippet.length ?? 0) < content.length);
});

test('words may be spread over the title and messages, and the last message that has one is shown', async () => {
  const id = await makeChat('spread', 'Shop repairs', [{ content: 'zebra crossing' }, { content: 'a zebra' }]);
  for (const [q, sequence] of [
    ['shop zebra', 101],
    ['zebra crossing', 101],
    ['repairs crossing', 100],
  ] as const) {
    const [found] = await search('spread', q);
    assert.deepEqual([found?.id, found?.match?.sequence], [id, sequence], q);
  }
  assert.deepEqual(await search('spread', 'shop lion'), []);
});

test('what commands printed is not searched, and a message of any size is stored', async () => {
  const long = Array.from({ length: 200_000 }, (_, at) => `w${at}`).join(' ');
  const id = await makeChat('sizes', 'Sizes', [
    { type: 'CmdOutputObservation', content: 'needle' },
    { content: `${'x'.repeat(5_000)} ${long}` },
    { content: `begins with haystack ${long}` },
  ]);
  assert.deepEqual(await search('sizes', 'needle'), []);
  assert.deepEqual(idsOf(await search('sizes', 'haystack')), [id]);
});

test("nobody finds another's chats, and signs that mean something to PostgreSQL mean nothing", async () => {
  await makeChat('owner', 'Secret plans');
  assert.deepEqual(await search('eve', 'secret'), []);
  for (const q of ["secret' & 'plans", 'secret & !plans', 'secret <-> plans', '\u0000secret'])
    assert.equal((await search('owner', q)).length, 1, q);
  for (const q of ["secret' | 'x", "plans:*') OR 1=1 --"]) assert.deepEqual(await search('owner', q), [], q);
});

test('pages of what is found follow each other; a blank search lists all chats, one without a word finds none', async () => {
  for (let at = 0; at < 3; at++) await makeChat('pages', `Common words ${at}`);
  const pages = [await search('pages', 'common', '&limit=2'), await search('pages', 'common', '&limit=2&offset=2')];
  assert.deepEqual(
    pages.map(({ length }) => length),
    [2, 1],
  );
  assert.equal(new Set(pages.flat().map(({ id }) => id)).size, 3);
  for (const q of ['', '   ']) assert.equal((await search('pages', q)).length, 3);
  assert.deepEqual(await search('pages', '!!'), []);
  const tooLong = await callAs<{ code: string }>(engine, 'pages', 'GET', `/api/v1/chats?q=${'x'.repeat(256)}`);
  assert.deepEqual([tooLong.status, tooLong.body.code], [422, 'invalid']);
});

test('a word of few messages is found at once among 200,000, and many searches at once keep nobody from reading', async () => {
  const id = await makeChat('large', 'Quuxify the login bug');
  await pool.query(sql.unsafe`
    INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, event_type, sequence, epoch)
    SELECT ${id} || '-' || n, ${id}, 'user', 'hello world message number ' || n, 'UserMessage', 1000 + n, 1
    FROM generate_series(1, 200000) AS n`);
  await pool.query(sql.unsafe`ANALYZE lucid_engine.chat_messages`);
  for (const [q, sequence] of [
    ['quuxify', undefined],
    ['199999', 200_999],
  ] as const) {
    const [found] = await search('large', q);
    assert.deepEqual([found?.id, found?.match?.sequence], [id, sequence], q);
  }
  const path = '/api/v1/chats?q=hello';
  const all = Array.from({ length: 20 }, () => callAs<{ code?: string }>(engine, 'large', 'GET', path));
  assert.equal((await callAs(engine, 'other', 'GET', '/api/v1/chats')).status, 200);
  const codes = (await Promise.all(all)).map(({ status, body }) => body.code ?? status);
  assert.deepEqual([...new Set(codes)].sort(), [200, 'overloaded']);
});
