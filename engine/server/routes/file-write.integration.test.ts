// A user writes files into a live session's workspace: the agent reads of each before its next step, clients see it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestClient } from '../../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs } from '../../testing/rest.ts';

type Problem = { code: string; detail: string };
type Written = { status: string; path: string; size: number; sequence: number };

let engine: TestEngine;
let client: TestClient;
before(async () => {
  engine = await startTestEngine();
  client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
});
after(() => engine?.close());

const write = <Body = Written>(body: object, user = 'ada') =>
  callAs<Body>(engine, user, 'POST', '/api/v1/files/write', { session_id: client.sessionId, ...body });

const read = (path: string, sessionId = client.sessionId) =>
  callAs<{ content: string; encoding?: string }>(
    engine,
    'ada',
    'GET',
    `/api/v1/files/read?session_id=${sessionId}&path=${encodeURIComponent(path)}`,
  );

test('a written file is in the workspace, and clients see an event of it', async () => {
  const { status, body } = await write({ path: 'notes/ün.txt', content: 'Grüße\n' });
  const { sequence, ...rest } = body;
  const path = '/workspace/notes/ün.txt';
  assert.deepEqual([status, rest], [200, { status: 'written', sessionId: client.sessionId, path, size: 8 }]);
  const frame = await client.waitFor('the event', (each) => each.sequence === sequence);
  assert.partialDeepStrictEqual(frame, {
    type: 'agent_event',
    event: 'state',
    eventType: 'UserFileChange',
    content: `The user has written ${path} (8 bytes).`,
    path,
  });
  assert.deepEqual((await read(path)).body, { content: 'Grüße\n' });
  await client.waitFor('tree', ({ type, tree }) => type === 'file_tree' && JSON.stringify(tree).includes(path));
});

test('what reading a file answers can be written back, text or not', async () => {
  const bytes = Buffer.from('\x89PNG\0\xff', 'latin1');
  const file = { content: bytes.toString('base64'), encoding: 'base64' };
  assert.equal((await write({ path: 'image.png', ...file })).body.size, bytes.length);
  assert.deepEqual((await read('image.png')).body, file);
  await write({ path: 'copy.png', ...(await read('image.png')).body });
  assert.deepEqual((await read('copy.png')).body, file);
});

test('files that were written before a session begins are there when it works', async () => {
  const { body } = await callAs<{ sessionId: string }>(engine, 'ada', 'POST', '/api/v1/sessions', { task: 'Use it' });
  const answer = await write({ session_id: body.sessionId, path: 'given.txt', content: 'given\n' });
  assert.deepEqual([answer.status, answer.body.sequence], [200, 1]);
  const later = await TestClient.open(`${engine.ws}?token=${await signTestToken('ada')}`);
  later.send({ session_id: body.sessionId });
  await later.waitForStatus('completed');
  assert.deepEqual((await read('given.txt', body.sessionId)).body, { content: 'given\n' });
});

test('a file that cannot be written is refused with the reason, and no event tells of it', async () => {
  const before = client.events.length;
  const refusals = [
    [{ path: '../etc/passwd', content: '' }, 400, 'badPath'],
    [{ path: 'a\0b', content: '' }, 400, 'badPath'],
    [{ path: 'project', content: '' }, 422, 'notAFile'],
    [{ path: '', content: '' }, 422, 'invalid'],
    [{ path: 'a', content: 'no base64', encoding: 'base64' }, 422, 'invalid'],
    [{ path: 'a', content: 'YQ', encoding: 'base64' }, 422, 'invalid'],
    [{ path: 'a', content: 'a', encoding: 'latin1' }, 422, 'invalid'],
    [{ path: 'a' }, 422, 'invalid'],
    [{ path: 'a', content: 'x'.repeat(1024 * 1024) }, 413, 'bodyTooLarge'],
    [{ path: 'a', content: 'a', session_id: 'no-such-session' }, 404, 'noSuchSession'],
  ] as const;
  for (const [body, status, code] of refusals) {
    const answer = await write<Problem>(body);
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(body).slice(0, 100));
  }
  const foreign = await write<Problem>({ path: 'a', content: 'a' }, 'eve');
  assert.deepEqual([foreign.status, foreign.body.code], [403, 'notYours']);
  assert.equal((await read('a')).status, 404);
  assert.equal(client.events.length, before);
});
