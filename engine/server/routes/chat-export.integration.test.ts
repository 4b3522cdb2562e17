// A chat as a file that is downloaded: whole, by its owner only, and no faster than it is read.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { createPool, type DatabasePool, sql } from 'slonik';
import { backEndHeadersOf, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs, waitUntil } from '../../testing/rest.ts';
import { downloadsPerUserMax } from '../download.ts';

type Exported = { id: string; title: string; messages: { sequence: number; content: string; eventType: string }[] };

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

/** A chat with as many more messages, each of as many characters. */
async function makeChat(user: string, messages = 0, chars = 10): Promise<string> {
  await callAs(engine, user, 'POST', '/api/v1/sessions', { task: 'Write hello world' });
  const { body } = await callAs<{ chats: { id: string }[] }>(engine, user, 'GET', '/api/v1/chats');
  const id = body.chats[0]?.id;
  assert.ok(id);
  await pool.query(sql.unsafe`
    INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, event_type, sequence, epoch)
    SELECT ${id} || '-' || n, ${id}, 'assistant', repeat('x', ${chars}), 'CmdOutputObservation', 100 + n, 1
    FROM generate_series(1, ${messages}::int) AS n`);
  return id;
}

const download = (user: string, id: string, query = '', method = 'GET') =>
  fetch(`${engine.http}/api/v1/chats/${id}/export${query}`, { method, headers: backEndHeadersOf(user) });

test('a chat of any length is downloaded whole, as JSON or as Markdown', async () => {
  const id = await makeChat('ada', 12_000);
  const answer = await download('ada', id);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.equal(answer.headers.get('content-disposition'), `attachment; filename*=UTF-8''Write-hello-world.json`);
  const exported = (await answer.json()) as Exported;
  assert.equal(exported.title, 'Write hello world');
  assert.equal(exported.messages.filter(({ eventType }) => eventType === 'CmdOutputObservation').length, 12_000);
  assert.deepEqual(
    exported.messages.map(({ sequence }) => sequence),
    exported.messages.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
  );
  const markdown = await download('ada', id, '?format=markdown');
  assert.equal(markdown.headers.get('content-type'), 'text/markdown; charset=utf-8');
  assert.equal((await markdown.text()).match(/^### CmdOutputObservation$/gm)?.length, 12_000);
});

test('the head alone has no body; another form and a foreign chat are refused', async () => {
  const id = await makeChat('bob');
  const head = await download('bob', id, '', 'HEAD');
  assert.deepEqual([head.status, await head.text()], [200, '']);
  assert.equal((await download('bob', id, '?format=pdf')).status, 422);
  const foreign = await download('eve', id);
  assert.deepEqual([foreign.status, ((await foreign.json()) as { code: string }).code], [404, 'noSuchChat']);
  assert.equal((await fetch(`${engine.http}/api/v1/chats/${id}/export`)).status, 401);
});

/** Begins a download and takes nothing of it but its status, beside what the socket holds of its own accord. */
async function beginReading(user: string, id: string) {
  const { hostname, port } = new URL(engine.http);
  const socket = connect(Number(port), hostname);
  const headers = Object.entries({ Host: `${hostname}:${port}`, ...backEndHeadersOf(user) });
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  socket.write([`GET /api/v1/chats/${id}/export HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  await once(socket, 'readable');
  return { socket, status: String(socket.read('HTTP/1.1 200'.length)) };
}

test('readers who take nothing keep few places each, cost little, and give their places back when they are gone', async () => {
  const id = await makeChat('slow', 1_000, 100_000); // 100 MB
  const other = await makeChat('other');
  // All places are taken before anybody else asks, who would keep one from them for a moment.
  const readers = await Promise.all(Array.from({ length: downloadsPerUserMax }, () => beginReading('slow', id)));
  assert.deepEqual([...new Set(readers.map(({ status }) => status))], ['HTTP/1.1 200']);
  assert.equal(await statusOfDownload('slow', id), 503);
  assert.equal(await statusOfDownload('other', other), 200);
  const isFull = ({ socket }: (typeof readers)[number]) => socket.readableLength >= socket.readableHighWaterMark;
  await waitUntil(() => readers.every(isFull));
  assert.ok(process.memoryUsage().external < downloadsPerUserMax * 20 * 1024 * 1024);
  for (const { socket } of readers) socket.destroy();
  await waitUntil(async () => (await statusOfDownload('slow', id)) === 200);
});

/** Of a download that is given up as soon as it begins. */
async function statusOfDownload(user: string, id: string): Promise<number> {
  const { status, body } = await download(user, id);
  await body?.cancel();
  return status;
}
