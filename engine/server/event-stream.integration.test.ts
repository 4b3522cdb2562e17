// A session followed by server-sent events: the frames of a WebSocket, each once and in order, wherever the stream was cut.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { type StreamEvent, TestStream } from '../testing/event-stream.ts';
import { startEngineProcess } from '../testing/process.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '2' } });
  token = await signTestToken('ada');
});
after(() => engine?.close());

type Served = Pick<TestEngine, 'http'>;

const urlOf = (sessionId: string, on: Served = engine) => `${on.http}/api/v1/sessions/${sessionId}/events`;

const follow = (sessionId: string, lastEventId = '', on: Served = engine): Promise<TestStream> =>
  TestStream.open(urlOf(sessionId, on), {
    ...backEndHeadersOf('ada'),
    ...(lastEventId !== '' && { 'Last-Event-ID': lastEventId }),
  });

async function started(t: TestContext, environment: Record<string, string>): Promise<TestEngine> {
  const another = await startTestEngine({ environment });
  t.after(() => another.close());
  return another;
}

async function createSession(task: string, on: Served = engine, autoStart = true): Promise<string> {
  const { body } = await callAs<{ sessionId: string }>(on, 'ada', 'POST', '/api/v1/sessions', { task, autoStart });
  return body.sessionId;
}

async function stopSession(sessionId: string, on: Served = engine): Promise<void> {
  const { status } = await callAs(on, 'ada', 'DELETE', `/api/v1/sessions/${sessionId}`);
  assert.equal(status, 200);
}

const sequencesOf = (frames: readonly Frame[]) => frames.map(({ sequence }) => sequence);
const fromTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

test('a stream has the frames of a WebSocket, live and transient ones too, and each event has its position as its id', async (t) => {
  const slow = await started(t, { MOCK_STEP_DELAY_MS: '800' }); // Both follow before the first step.
  const sessionId = await createSession('Write hello world', slow, false);
  const client = await TestClient.open(`${slow.ws}?token=${token}&session_id=${sessionId}`);
  await client.waitForType('attached');
  const stream = await follow(sessionId, '', slow);
  await stream.waitForStatus('completed');
  client.send({ type: 'message', content: 'and on' });
  client.send({ type: 'stop' });
  assert.equal(await client.closed, 1000);
  assert.equal(await stream.ended, true);
  assert.deepEqual(stream.stored, client.events);
  assert.deepEqual(
    stream.events.flatMap(({ id }) => (id === undefined ? [] : [id])),
    client.events.map(({ epoch, sequence }) => `${epoch}-${sequence}`),
  );
  assert.ok(stream.attached);
  assert.ok(stream.frames.some(({ type }) => type === 'file_tree'));
  assert.ok(stream.events.every(({ name }) => name === 'message' || name === 'end'));
});

test('a stream begins a session that waited for its first client', async () => {
  const stream = await follow(await createSession('wait for me', engine, false));
  await stream.waitForStatus('completed');
  assert.deepEqual(sequencesOf(stream.stored), fromTo(1, 12));
  stream.cut();
});

test('a client that comes back with Last-Event-ID gets each event once, wherever it was cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 4 }), async (cuts) => {
      const sessionId = await createSession('cut me');
      const seen: Frame[] = [];
      const lastEventId = () => (seen.length === 0 ? '' : `${seen.at(-1)?.epoch}-${seen.at(-1)?.sequence}`);
      for (const cut of cuts.toSorted((a, b) => a - b)) {
        const stream = await follow(sessionId, lastEventId());
        if (cut > seen.length)
          await stream.waitFor(`event ${cut}`, ({ type, sequence }) => type !== 'attached' && sequence === cut);
        stream.cut();
        seen.push(...stream.stored);
      }
      const last = await follow(sessionId, lastEventId());
      if (seen.length < 12) await last.waitForStatus('completed');
      await stopSession(sessionId);
      assert.equal(await last.ended, true);
      assert.equal(last.attached?.recovered, true);
      assert.deepEqual(sequencesOf([...seen, ...last.stored]), fromTo(1, 15));
    }),
    { numRuns: 15 },
  );
});

test('a client that is cut in the middle of an event gets that event again, whole, and none twice', async () => {
  const sessionId = await createSession('cut me anywhere');
  const whole = await follow(sessionId);
  await whole.waitForStatus('completed');
  await stopSession(sessionId);
  assert.equal(await whole.ended, true);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: whole.text.length }), { maxLength: 6 }), async (cuts) => {
      const events: StreamEvent[] = [];
      for (const charsMax of [...cuts, Number.POSITIVE_INFINITY]) {
        const id = events.findLast((event) => event.id !== undefined)?.id;
        const headers = { ...backEndHeadersOf('ada'), ...(id !== undefined && { 'Last-Event-ID': id }) };
        const stream = await TestStream.open(urlOf(sessionId), headers, charsMax);
        await stream.ended;
        events.push(...stream.events.filter((event) => event.id !== undefined));
      }
      assert.deepEqual(
        events,
        whole.events.filter(({ id }) => id !== undefined),
      );
    }),
    { numRuns: 100 },
  );
});

test('what a client saw is stored: after a crash of the engine it goes on where it was, and nothing is missing', async (t) => {
  const database = await createTestDatabase();
  const environment = { HOST_THREADS: '1' };
  const first = await startEngineProcess(database.url, environment);
  const begun = [first];
  t.after(async () => {
    for (const one of begun) await one.kill();
    await database.drop();
  });
  const sessionId = await createSession('Emit 300 events, 1 every 20 ms', first);
  const stream = await follow(sessionId, '', first);
  await stream.waitFor('event 50', ({ type, sequence = 0 }) => type !== 'attached' && sequence >= 50);
  await first.kill();
  assert.equal(await stream.ended, false);
  const second = await startEngineProcess(database.url, environment);
  begun.push(second);
  const back = await follow(sessionId, stream.lastEventId, second);
  await back.waitForStatus('completed');
  assert.equal(back.attached?.recovered, true);
  const all = [...stream.stored, ...back.stored];
  assert.deepEqual(sequencesOf(all), fromTo(1, all.length));
  const pages = await callAs<{ events: Frame[] }>(
    second,
    'ada',
    'GET',
    `/api/v1/sessions/${sessionId}/events?limit=500`,
  );
  assert.deepEqual(all.slice(0, 500), pages.body.events.slice(0, all.length));
});

test('a position may be in the query; one that cannot be trusted, however large, brings all events', async () => {
  const sessionId = await createSession('where was I');
  await (await follow(sessionId)).waitForStatus('completed');
  const open = (query: string, headers: Record<string, string> = {}) =>
    TestStream.open(`${urlOf(sessionId)}?${query}`, { ...backEndHeadersOf('ada'), ...headers });
  for (const query of ['last_event_id=1-11', 'epoch=1&last_sequence=11', 'last_sequence=11']) {
    const stream = await open(query);
    await stream.waitForStatus('completed');
    assert.deepEqual([stream.attached?.recovered, sequencesOf(stream.stored)], [true, [12]], query);
    stream.cut();
  }
  const both = await open('last_event_id=1-3', { 'Last-Event-ID': '1-10' });
  await both.waitForStatus('completed');
  assert.deepEqual(sequencesOf(both.stored), [11, 12]);
  both.cut();
  for (const id of ['7-11', '1-4000000000', '999999999999999-999999999999999']) {
    const stream = await open('', { 'Last-Event-ID': id });
    await stream.waitForStatus('completed');
    assert.deepEqual([stream.attached?.recovered, sequencesOf(stream.stored)], [false, fromTo(1, 12)], id);
    stream.cut();
  }
});

test('after a restart of the engine a client goes on where it was, under a new epoch', async (t) => {
  const first = await startTestEngine();
  const engines = [first];
  t.after(async () => {
    for (const one of engines.toReversed()) await one.close();
  });
  const sessionId = await createSession('outlive the engine', first);
  const stream = await follow(sessionId, '', first);
  await stream.waitForStatus('completed');
  assert.equal(await first.stop(), true);
  assert.equal(await stream.ended, true);
  const goodbye = stream.events.at(-1);
  assert.equal(goodbye?.name, 'error');
  assert.partialDeepStrictEqual(stream.frames.at(-1), { code: 'draining', retryable: true, retryAfterMs: 1_000 });
  assert.equal(stream.retryMs, 1_000);

  const second = await startTestEngine({ databaseUrl: first.databaseUrl });
  engines.push(second);
  const back = await follow(sessionId, stream.lastEventId, second);
  await back.waitFor('attached', ({ type }) => type === 'attached');
  await callAs(second, 'ada', 'POST', `/api/v1/sessions/${sessionId}/messages`, { content: 'and on' });
  await back.waitForStatus('completed');
  assert.equal(back.attached?.recovered, true);
  await stopSession(sessionId, second);
  assert.equal(await back.ended, true);
  const all = [...stream.stored, ...back.stored];
  assert.deepEqual(sequencesOf(all), fromTo(1, all.length));
  assert.deepEqual([stream.lastEventId, back.lastEventId], ['1-12', `2-${all.length}`]);
});

test('the end of a session ends its streams, and 204 tells a client that comes back to stay away', async () => {
  const sessionId = await createSession('come to an end');
  const stream = await follow(sessionId);
  await stream.waitForStatus('completed');
  await stopSession(sessionId);
  assert.equal(await stream.ended, true);
  assert.deepEqual(stream.events.at(-1), { name: 'end', id: undefined, data: '{"reason":"The session has ended."}' });
  const back = await follow(sessionId, stream.lastEventId);
  await back.ended;
  assert.deepEqual([back.status, back.text, back.answer.headers['content-type']], [204, '', undefined]);
  const fresh = await follow(sessionId);
  assert.equal(await fresh.ended, true);
  assert.deepEqual(fresh.stored, stream.stored);
  assert.equal(fresh.events.at(-1)?.name, 'end');
});

test('what cannot be followed is refused with its status, which keeps an EventSource away', async () => {
  const sessionId = await createSession('private');
  const statusOf = async (url: string, headers: Record<string, string>) => {
    const { status, answer } = await TestStream.open(url, headers);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    answer.destroy();
    return status;
  };
  const ada = backEndHeadersOf('ada');
  assert.equal(await statusOf(urlOf(sessionId), backEndHeadersOf('bob')), 403);
  assert.equal(await statusOf(urlOf('nobody'), ada), 404);
  assert.equal(await statusOf(urlOf(sessionId), {}), 401);
  assert.equal(await statusOf(`${urlOf(sessionId)}?token=forged`, {}), 401);
  assert.equal(await statusOf(urlOf(sessionId), { ...ada, Origin: 'https://kittens.example' }), 403);
  assert.equal(await statusOf(urlOf(sessionId), { ...ada, Host: 'rebound.example' }), 421);
  for (const id of ['x', '1', '1-', '-7', '1-2-3', '1'.repeat(3_000), `1-${'9'.repeat(16)}`, '0x1-1'])
    assert.equal(await statusOf(urlOf(sessionId), { ...ada, 'Last-Event-ID': id }), 422, id);
  assert.equal(await statusOf(urlOf(sessionId), { ...ada, 'Last-Event-ID': '1'.repeat(5_000) }), 431);
});

test('a token in the URL beside an Authorization header is refused, whichever of them is true', async () => {
  const sessionId = await createSession('said twice');
  const forged = 'Bearer forged';
  for (const [inUrl, authorization] of [
    [token, forged],
    ['forged', `Bearer ${token}`],
    [token, `Bearer ${token}`],
    [token, 'Basic YWRhOmFkYQ=='],
  ]) {
    const stream = await TestStream.open(`${urlOf(sessionId)}?token=${inUrl}`, {
      Authorization: String(authorization),
    });
    assert.equal(stream.status, 400);
    await stream.ended;
    assert.match(stream.text, /said once/);
  }
});

test('a token may be in the URL, and only of a stream; a page of an allowed origin may read it', async () => {
  const sessionId = await createSession('from a browser');
  const stream = await TestStream.open(`${urlOf(sessionId)}?token=${token}`, { Origin: 'http://localhost:3000' });
  await stream.waitForStatus('completed');
  stream.cut();
  const { headers } = stream.answer;
  assert.equal(headers['access-control-allow-origin'], 'http://localhost:3000');
  assert.equal(headers['content-type'], 'text/event-stream');
  assert.match(headers['cache-control'] ?? '', /no-store/);
  assert.equal(headers['x-accel-buffering'], 'no');
  assert.equal((await fetch(`${urlOf(sessionId)}?token=${token}`)).status, 401);
});

test('a stream is for who names its type in Accept, beside others too; HEAD and all others get the page', async () => {
  const sessionId = await createSession('which one');
  await (await follow(sessionId)).waitForStatus('completed');
  const typeFor = async (accept: string, method = 'GET') => {
    const headers = { ...backEndHeadersOf('ada'), ...(accept !== '' && { Accept: accept }) };
    const { status, headers: got, body } = await fetch(urlOf(sessionId), { method, headers });
    await body?.cancel();
    return [status, got.get('content-type')];
  };
  for (const accept of ['text/event-stream', 'application/json, Text/Event-Stream ;q=0.5'])
    assert.deepEqual(await typeFor(accept), [200, 'text/event-stream'], accept);
  for (const accept of ['', '*/*', 'text/*', 'application/json', 'text/event-streams', 'x/text/event-stream'])
    assert.deepEqual(await typeFor(accept), [200, 'application/json'], accept);
  assert.deepEqual(await typeFor('text/event-stream', 'HEAD'), [200, 'application/json']);
});

test('a silent stream is kept open by comments', async (t) => {
  const another = await started(t, { PING_INTERVAL: '4' });
  const sessionId = await createSession('say nothing', another);
  const stream = await follow(sessionId, '', another);
  await stream.waitForStatus('completed');
  await waitUntil(() => /\n\n:\n\n/.test(stream.text));
  stream.cut();
});

test('a stream whose session is deleted says so, and its client finds nothing when it returns', async () => {
  const sessionId = await createSession('delete me');
  const stream = await follow(sessionId);
  await stream.waitForStatus('completed');
  const { body } = await callAs<{ chatId: string }>(engine, 'ada', 'GET', `/api/v1/sessions/${sessionId}`);
  assert.equal((await callAs(engine, 'ada', 'DELETE', `/api/v1/chats/${body.chatId}`)).status, 200);
  assert.equal(await stream.ended, true);
  assert.equal((await follow(sessionId, stream.lastEventId)).status, 404);
});

test('a client that leaves is no client of the session any more', async (t) => {
  const another = await started(t, { RECONNECT_GRACE: '0' });
  const sessionId = await createSession('leave', another);
  const stream = await follow(sessionId, '', another);
  await stream.waitForStatus('completed');
  const isActive = async () =>
    (await callAs<{ isActive: boolean }>(another, 'ada', 'GET', `/api/v1/sessions/${sessionId}`)).body.isActive;
  assert.equal(await isActive(), true);
  stream.cut();
  await waitUntil(async () => !(await isActive()));
});
