// A user uploads images and archives into a workspace: whole, in bounded memory, and only where they may.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { limits } from '../../../schema/limits.ts';
import { places, shareTestAgents, testIn } from '../../testing/agents.ts';
import { TestClient } from '../../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs } from '../../testing/rest.ts';

type Answered = { status: number; body: { code: string; size: number; path: string; sequence: number } };

let engine: TestEngine;
let client: TestClient;
before(async () => {
  engine = await startTestEngine();
  client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
});
after(() => engine?.close());

const urlOf = (path: string, sessionId = client.sessionId, at = engine) =>
  `${at.http}/api/v1/files/upload?session_id=${sessionId}&path=${encodeURIComponent(path)}`;

async function upload(url: string, body: RequestInit['body'], user = 'ada'): Promise<Answered> {
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: backEndHeadersOf(user),
    duplex: 'half',
  } as RequestInit);
  return { status: answer.status, body: (await answer.json()) as Answered['body'] };
}

test('an uploaded file is in the workspace byte by byte, and clients see an event of it', async () => {
  const content = randomBytes(700_000);
  const { status, body } = await upload(urlOf('images/ün.png'), content);
  assert.deepEqual([status, body.size, body.path], [200, content.length, '/workspace/images/ün.png']);
  const event = await client.waitFor('the event', ({ sequence }) => sequence === body.sequence);
  assert.equal(event.eventType, 'UserFileChange');
  const read = await callAs<{ content: string }>(
    engine,
    'ada',
    'GET',
    `/api/v1/files/read?session_id=${client.sessionId}&path=${encodeURIComponent('images/ün.png')}`,
  );
  assert.ok(Buffer.from(read.body.content, 'base64').equals(content));
});

test('an empty file, and one without a length, are uploads too', async () => {
  assert.equal((await upload(urlOf('empty'), '')).body.size, 0);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('in '));
      controller.enqueue(new TextEncoder().encode('parts'));
      controller.close();
    },
  });
  assert.equal((await upload(urlOf('parts'), stream)).body.size, 8);
});

test('what is larger than may be is refused, with a length and without one', async () => {
  const content = Buffer.alloc(limits.uploadBytesMax + 1);
  const known = await upload(urlOf('large'), content).catch(() => undefined);
  assert.ok(known === undefined || known.body.code === 'bodyTooLarge'); // The connection ends before all is sent.
  const parts = [content.subarray(0, limits.uploadBytesMax), content.subarray(limits.uploadBytesMax)];
  const unknown = await upload(urlOf('large'), ReadableStream.from(parts)).catch(() => undefined);
  assert.ok(unknown === undefined || unknown.body.code === 'bodyTooLarge');
  const kept = await upload(urlOf('large'), content.subarray(0, limits.bodyBytesMax + 1));
  assert.deepEqual([kept.status, kept.body.code], [413, 'fileTooLarge']); // In mock mode its event keeps it.
});

test("an upload to a path outside, another user's session or an unknown one is refused", async () => {
  for (const [path, sessionId, user, status, code] of [
    ['../etc/passwd', client.sessionId, 'ada', 400, 'badPath'],
    ['project', client.sessionId, 'ada', 422, 'notAFile'],
    ['', client.sessionId, 'ada', 422, 'invalid'],
    ['a', client.sessionId, 'eve', 403, 'notYours'],
    ['a', 'no-such-session', 'ada', 404, 'noSuchSession'],
  ] as const) {
    const refused = await upload(urlOf(path, sessionId), 'text', user);
    assert.deepEqual([refused.status, refused.body.code], [status, code], path);
  }
});

/** Begins an upload and sends no more than its first bytes. */
function begin(headers: Record<string, string>, bytes = limits.uploadBytesMax) {
  const sent = request(urlOf('slow'), {
    method: 'POST',
    headers: { ...headers, 'Content-Length': bytes },
    agent: false,
  });
  sent.on('error', () => undefined);
  sent.write('begun');
  const answered = once(sent, 'response').then(([response]) => response.statusCode as number);
  answered.catch(() => undefined);
  return { sent, answered };
}

test('who is unknown, or has two uploads already, is refused before the bytes are let in', async () => {
  assert.equal(await begin({}).answered, 401);
  const going = [1, 2, 3].map(() => begin(backEndHeadersOf('slow')));
  assert.equal(await Promise.race(going.map(({ answered }) => answered)), 503);
  for (const { sent } of going) sent.destroy();
  let status = 503;
  while (status === 503) status = (await upload(urlOf('slow'), 'text', 'slow')).status;
  assert.equal(status, 403); // The places of those that were broken off are free again.
});

test('a connection goes on after an upload', async () => {
  const sizes: number[] = [];
  for (const content of ['one', 'twenty']) sizes.push((await upload(urlOf('again'), content)).body.size);
  assert.deepEqual(sizes, [3, 6]);
});

const agentsIn = { docker: shareTestAgents('docker'), local: shareTestAgents('local') };

for (const place of places)
  testIn[place](`in ${place}, ten megabytes arrive whole, also as two uploads at once`, async () => {
    const agents = await agentsIn[place]();
    const worked = await agents.startClient('Wait', { modelProvider: 'anthropic' });
    await worked.waitForStatus('completed');
    const contents = [randomBytes(limits.uploadBytesMax), randomBytes(limits.uploadBytesMax - 1)];
    const names = contents.map((content) => createHash('sha256').update(content).digest('hex'));
    const uploads = contents.map((content, at) =>
      upload(urlOf(names[at] ?? '', worked.sessionId, agents.engine), content),
    );
    for (const [at, { status, body }] of (await Promise.all(uploads)).entries())
      assert.deepEqual([status, body.size], [200, contents[at]?.length]);
    for (const [at, name] of names.entries()) {
      const file = `/api/v1/files/read?session_id=${worked.sessionId}&path=${name}&offset=9000000&length=500000`;
      const { body } = await callAs<{ content: string }>(agents.engine, 'ada', 'GET', file);
      const part = contents[at]?.subarray(9_000_000, 9_500_000);
      assert.ok(part?.equals(Buffer.from(body.content, 'base64')));
    }
    await callAs(agents.engine, 'ada', 'DELETE', `/api/v1/sessions/${worked.sessionId}`);
  });
