// Hostile and broken WebSocket clients get a clear refusal, while everybody else goes on and nothing is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { readConfig } from '../config.ts';
import { startEngine } from '../engine.ts';
import { createLog } from '../log.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine, testSecret } from '../testing/engine.ts';
import { framesBeforeReadyMax } from './connection.ts';
import { frameBytesHardMax } from './socket.ts';

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine();
  token = await signTestToken('eve');
});

/** The same process still works after all tests. */
after(async () => {
  const client = await TestClient.start(engine.ws, token, 'still there?');
  await client.waitForStatus('completed');
  await client.close();
  await engine?.close();
});

const open = () => TestClient.open(`${engine.ws}?token=${token}`);

async function completeTask(task: string): Promise<TestClient> {
  const client = await TestClient.start(engine.ws, token, task);
  await client.waitForStatus('completed');
  return client;
}

const isGapless = (events: readonly Frame[]) => events.every((event, at) => event.sequence === at + 1);

async function readMetric(name: string): Promise<number> {
  const text = await (await fetch(`${engine.http}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
}

test('a first message that cannot be used gets an error frame that says why, and 4001', async () => {
  const nested = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  const notJson = ['', '{', 'task', '{"task":}', nested, `{"task":${nested}}`];
  const wrongShape = ['[]', 'null', '7', '"task"', 'true', '{"task":7}', '{"task":null}', '{"task":[]}'];
  const noTask = ['{}', '{"task":""}', '{"task":" \\n"}', '{"type":"message","content":"x"}', '{"session_id":""}'];
  const tooLong = JSON.stringify({ task: 'x'.repeat(limits.taskCharsMax + 1) });
  for (const first of [...notJson, ...wrongShape, ...noTask, tooLong, '{"task":"x","modelProvider":"mistral"}']) {
    const client = await open();
    client.sendRaw(first);
    assert.equal(await client.closed, 4001, first.slice(0, 40));
    assert.equal(client.frames.length, 1);
    const [frame] = client.frames;
    assert.equal(frame?.type, 'error');
    assert.equal(frame.code, first.includes('mistral') ? 'badProvider' : 'badFirstMessage');
    assert.deepEqual([typeof frame.message, frame.retryable], ['string', false]);
    assert.ok(JSON.stringify(frame).length < 1_000);
  }
});

test('a URL that cannot be used gets 4001', async () => {
  for (const query of ['session_id=', `session_id=${'x'.repeat(256)}`, 'epoch=x', 'last_sequence=-1', 'epoch=1e3']) {
    const client = new TestClient(`${engine.ws}?token=${token}&${query}`);
    assert.equal(await client.closed, 4001, query);
    assert.equal(client.frames[0]?.code, 'badFirstMessage');
  }
});

test('a frame over 256 KiB, a binary one, one over 4 MiB and one that is not UTF-8 close their socket', async () => {
  const valid = { type: 'message', content: 'x' };
  const large = JSON.stringify({ ...valid, more: 'x'.repeat(limits.frameBytesMax) });
  const frames: [data: string | Buffer, binary: boolean, closes: number[]][] = [
    [large, false, [4002]],
    [JSON.stringify({ ...valid, more: 'x'.repeat(frameBytesHardMax) }), false, [1006, 1009]],
    [JSON.stringify(valid), true, [4002]],
    [Buffer.from([0, 1, 2]), true, [4002]],
    [Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), false, [1006, 1007]],
  ];
  const witness = await completeTask('witness');
  for (const [data, binary, closes] of frames) {
    for (const client of [await open(), await completeTask('target')]) {
      const seen = client.frames.length;
      client.socket.send(data, { binary });
      const code = await client.closed;
      assert.ok(closes.includes(code), `${code} for ${data.length} bytes`);
      const errors = client.frames.slice(seen).filter((frame) => frame.type === 'error');
      if (code === 4002) assert.equal(errors[0]?.code, 'badFrame');
    }
  }
  witness.sendRaw(JSON.stringify({ type: 'ping' }).padEnd(limits.frameBytesMax));
  await witness.waitForType('pong');
  await witness.close();
});

test('a frame that is not a JSON object gets 4002, and the client may come back to its session', async () => {
  const client = await completeTask('go on');
  const { sessionId } = client;
  for (const frame of ['{', '', '[]', 'null', '7', '"ping"', '['.repeat(10_000)]) {
    const again = await TestClient.open(`${engine.ws}?token=${token}&session_id=${sessionId}`);
    await again.waitForStatus('completed');
    again.sendRaw(frame);
    assert.equal(await again.closed, 4002, frame.slice(0, 20));
    assert.equal(again.frames.at(-1)?.code, 'badFrame');
  }
  client.send({ type: 'message', content: 'still here' });
  await client.waitFor('follow-up', (frame) => frame.eventType === 'UserMessage');
  await client.close();
});

test('a frame that is incomplete or of an unknown type gets an error frame, and nothing else happens', async () => {
  const client = await completeTask('talk to me');
  const refused = [
    [{ type: 'subscribe' }, 'unknownType'],
    [{ type: '__proto__' }, 'unknownType'],
    [{ type: 7 }, 'unknownType'],
    [{}, 'unknownType'],
    [{ type: 'message' }, 'badMessage'],
    [{ type: 'message', content: '', id: 'm-1' }, 'badMessage'],
    [{ type: 'message', content: ' \t' }, 'badMessage'],
    [{ type: 'message', content: ['x'] }, 'badMessage'],
    [{ type: 'message', content: 'x'.repeat(limits.taskCharsMax + 1) }, 'badMessage'],
    [{ type: 'message', content: 'x', id: 7 }, 'badMessage'],
    [{ type: 'interrupt', id: 'x'.repeat(256) }, 'badMessage'],
  ] as const;
  for (const [frame] of refused) client.sendRaw(frame);
  client.send({ type: 'ping' });
  await client.waitForType('pong');
  const errors = client.frames.filter((frame) => frame.type === 'error');
  assert.deepEqual(
    errors.map((error) => error.code),
    refused.map(([, code]) => code),
  );
  assert.deepEqual(
    errors.flatMap(({ id }) => id ?? []),
    ['m-1'],
  );
  for (const error of errors) assert.ok(typeof error.message === 'string' && JSON.stringify(error).length < 1_000);
  assert.equal(client.events.at(-1)?.status, 'completed');
  await client.close();
});

test('NUL and lone surrogates in a message are cleaned, stored and returned', async () => {
  const client = await completeTask('a\u0000b\ud800c');
  client.sendRaw('{"type":"message","id":"d\\u0000\\udfff","content":"e\\u0000f\\udc00g 😀"}');
  const acknowledged = await client.waitFor('ack', (frame) => frame.eventType === 'UserMessage');
  assert.deepEqual([acknowledged.id, acknowledged.content], ['d��', 'e�f�g 😀']);
  const task = client.events.find((frame) => frame.eventType === 'InitialTask');
  assert.equal(task?.content, 'a�b�c');
  const headers = backEndHeadersOf('eve');
  const chats = (await (await fetch(`${engine.http}/api/v1/chats`, { headers })).json()) as {
    chats: { id: string; title: string }[];
  };
  const chat = chats.chats.find(({ title }) => title === 'a�b�c');
  const { messages } = (await (await fetch(`${engine.http}/api/v1/chats/${chat?.id}`, { headers })).json()) as {
    messages: { role: string; content: string }[];
  };
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  assert.deepEqual(said, ['a�b�c', 'e�f�g 😀']);
  await client.close();
});

test('a client that sends no first message in time is closed with 4009, and one that sends it stays', async (t) => {
  const database = await createTestDatabase();
  const config = readConfig({ DATABASE_URL: database.url, SESSION_SECRET: testSecret, PORT: '0', HOST: '127.0.0.1' });
  const log = createLog('silent', false);
  const impatient = await startEngine({ config, log, onFatal: assert.fail, firstMessageTimeoutMs: 3_000 });
  t.after(async () => {
    await impatient.stop();
    await database.drop();
  });
  const url = `ws://127.0.0.1:${impatient.port}/api/v1/ws`;
  const eager = await TestClient.start(url, token, 'right away');
  const pinging = await TestClient.open(`${url}?token=${token}`);
  pinging.send({ type: 'ping' });
  for (const client of [pinging, new TestClient(`${url}?token=${token}`), new TestClient(url)]) {
    assert.equal(await client.closed, 4009);
    const frame = client.frames.at(-1);
    assert.deepEqual([frame?.type, frame?.code, frame?.retryable], ['error', 'noFirstMessage', true]);
  }
  await eager.waitForStatus('completed');
  eager.send({ type: 'ping' });
  await eager.waitForType('pong');
  assert.equal(eager.socket.readyState, eager.socket.OPEN);
});

test('a client may send a bounded number of frames before its first message is answered', async () => {
  const client = await open();
  client.send({ task: 'first' });
  for (let n = 0; n < framesBeforeReadyMax; n++) client.send({ type: 'message', id: `m-${n}`, content: `${n}` });
  const last = framesBeforeReadyMax - 1;
  await client.waitFor('last ack', (frame) => frame.type === 'ack' && frame.id === `m-${last}`);
  await client.close();
  const flooder = await open();
  flooder.send({ task: 'flood' });
  for (let n = 0; n < 1_000; n++) flooder.send({ type: 'ping' });
  assert.equal(await flooder.closed, 4029);
  assert.deepEqual([flooder.frames.at(-1)?.code, flooder.frames.at(-1)?.retryable], ['overloaded', true]);
});

test('a client that never reads is closed, unnoticed by others, and misses nothing when it comes back', async () => {
  const witness = await completeTask('witness');
  const sender = await completeTask('be loud');
  const attach = (from: TestClient, query: string) =>
    TestClient.open(`${engine.ws}?token=${token}&session_id=${from.sessionId}${query}`);
  const silent = await attach(sender, '');
  await silent.waitForStatus('completed');
  silent.socket.pause();
  const sockets = await readMetric('lucid_sockets');
  const slowBefore = await readMetric('lucid_sockets_closed_slow_total');

  for (let n = 0; (await readMetric('lucid_sockets_closed_slow_total')) === slowBefore; n++) {
    for (let m = 0; m < 50; m++) sender.send({ type: 'message', id: `loud-${n}-${m}`, content: '漢'.repeat(2_000) });
    await sender.waitFor('ack', (frame) => frame.id === `loud-${n}-49`);
  }
  assert.equal(await readMetric('lucid_sockets'), sockets - 1);
  witness.send({ type: 'ping' });
  await witness.waitForType('pong');
  sender.send({ type: 'message', id: 'later', content: 'after it was closed' });
  await sender.waitFor('ack', (frame) => frame.id === 'later');

  silent.socket.resume(); // What was on its way comes first, and then the close.
  assert.equal(await silent.closed, 4008);
  assert.ok(isGapless(silent.events) && silent.events.length < sender.events.length);
  const { epoch, sequence } = silent.events.at(-1) as Frame;
  const back = await attach(silent, `&epoch=${epoch}&last_sequence=${sequence}`);
  sender.send({ type: 'stop' });
  assert.deepEqual(await Promise.all([sender.closed, back.closed]), [1000, 1000]);
  assert.equal(back.frames[0]?.recovered, true);
  assert.ok(isGapless(sender.events));
  assert.deepEqual([...silent.events, ...back.events], sender.events);
  await witness.close();
});

const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units));
const anyValue = fc.oneof(anyText, fc.jsonValue(), fc.constantFrom('message', 'interrupt', 'stop', 'ping', 'task'));
const anyFrame = fc.oneof(
  { weight: 1, arbitrary: fc.oneof(anyText, fc.json()) },
  {
    weight: 4,
    arbitrary: fc
      .record(
        {
          type: fc.oneof(fc.constantFrom('message', 'interrupt', 'stop', 'ping'), anyValue),
          task: anyValue,
          content: anyValue,
          id: anyValue,
          session_id: anyValue,
          epoch: fc.oneof(fc.double(), anyValue),
          last_sequence: fc.oneof(fc.double(), anyValue),
          token: anyValue,
        },
        { requiredKeys: [] },
      )
      .map((frame) => JSON.stringify(frame)),
  },
);

test('no random frames make the engine fail or end the process', async () => {
  const expected = [1000, 4001, 4002, 4003, 4004, 4010, 4029];
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(anyFrame, { maxLength: 8 }), async (starts, frames) => {
      const client = await open();
      if (starts) client.send({ task: 'chance' });
      for (const frame of [...frames, '{']) client.sendRaw(frame); // The last frame always ends the connection.
      assert.ok(expected.includes(await client.closed));
      assert.ok(client.frames.every((frame) => frame.code !== 'internal'));
    }),
    { numRuns: 300 },
  );
});
