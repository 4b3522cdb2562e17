// Hostile and broken HTTP gets a clear refusal, while the same process goes on serving everybody else.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { TestClient } from '../testing/client.ts';
import {
  backEndHeadersOf,
  signTestToken,
  startTestEngine,
  type TestEngine,
  testInternalKey,
} from '../testing/engine.ts';

type Problem = { code: string; detail: string; status: number };

const sessions = '/api/v1/sessions';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});

/** The same process still works after all tests. */
after(async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('survivor'), 'still there?');
  await client.waitForStatus('completed');
  await client.close();
  await engine?.close();
});

async function call(user: string, method: string, path: string, body: RequestInit['body'] = null) {
  const answer = await fetch(`${engine.http}${path}`, { method, headers: backEndHeadersOf(user), body });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Problem };
}

const post = (user: string, body: RequestInit['body']) => call(user, 'POST', sessions, body);

/** The tasks of a user's live sessions. */
async function tasksOf(user: string): Promise<string[]> {
  const answer = await fetch(engine.http + sessions, { headers: backEndHeadersOf(user) });
  return ((await answer.json()) as { sessions: { task: string }[] }).sessions.map(({ task }) => task);
}

/** The bytes of a request of a back end for a user. */
const writeRequest = (start: string, user: string, headers: Record<string, string | number> = {}, body = '') => {
  const all = { Host: 'localhost', 'X-User-ID': user, 'X-Internal-Key': testInternalKey, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${start} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
};

/**
 * Sends pieces, each once the one before has left.
 * @returns what came back until it was enough, or the server closed
 */
function exchange(pieces: Iterable<string | Buffer>, isEnough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port: engine.port, host: '127.0.0.1', noDelay: true });
    let text = '';
    socket.on('data', (data) => {
      text += data;
      if (isEnough(text)) socket.destroy();
    });
    socket.on('error', () => undefined); // The server may close before all pieces are sent.
    socket.on('close', () => resolve(text));
    const rest = pieces[Symbol.iterator]();
    const writeNext = () => {
      const next = rest.next();
      if (!next.done && socket.writable) socket.write(next.value, () => setImmediate(writeNext));
    };
    socket.on('connect', writeNext);
  });
}

function sendAndLeave(piece: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(engine.port, '127.0.0.1', () => socket.write(piece, () => socket.destroy()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

const isNeverEnough = () => false;
const hasBody = (text: string) => /\r\n\r\n.*\}$/s.test(text);

function* repeated(piece: string | Buffer): Generator<string | Buffer> {
  for (;;) yield piece;
}

function assertProblem(answer: string, status: number, code: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
  assert.match(head, /^Content-Type: application\/problem\+json$/m);
  const problem = JSON.parse(body) as Problem;
  assert.deepEqual([problem.status, problem.code, typeof problem.detail], [status, code, 'string']);
}

test('a body that is not JSON gets 400, one of the wrong shape 422, on every route that reads one', async () => {
  const invalidUtf8 = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
  const nested = (open: string, close: string, depth = 10_000) => open.repeat(depth) + close.repeat(depth);
  const malformed = [
    '{',
    '',
    'task',
    '{"task":}',
    "{'task':'x'}",
    '{"task":"x"} x',
    '{"task":"\n"}',
    '\0',
    invalidUtf8,
  ];
  const endless = [nested('[', ']'), nested('{"a":', '}').replace(':}', ':1}'), '['.repeat(10_000)];
  for (const [method, path] of [
    ['POST', sessions],
    ['PATCH', '/api/v1/chats/an-id'],
  ] as const) {
    for (const body of [...malformed, ...endless]) {
      const answer = await call('eve', method, path, body);
      assert.deepEqual([answer.status, answer.body.code], [400, 'badRequest'], String(body).slice(0, 30));
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    }
    for (const body of ['[]', 'null', '7', '"task"', 'true', '[{"task":"x"}]']) {
      const answer = await call('eve', method, path, body);
      assert.deepEqual([answer.status, answer.body.code], [422, 'invalid'], body);
    }
  }
  for (const task of ['null', '7', '[]', '{}', '["x"]', 'false', nested('[', ']', 30)])
    assert.equal((await post('eve', `{"task":${task}}`)).status, 422, task);
  assert.deepEqual(await tasksOf('eve'), []);
});

test('a task may hold brackets, and unknown keys of a body are refused, whatever objects have by themselves', async () => {
  const task = '[{'.repeat(5_000);
  for (const odd of ['"__proto__":{"autoStart":true}', '"constructor":1', '"toString":null', '"a\\u0000b":"c"']) {
    const refused = await post('mallory', `{"task":"x",${odd}}`);
    assert.deepEqual([refused.status, refused.body.code], [422, 'invalid'], odd);
  }
  assert.equal((await post('mallory', JSON.stringify({ task }))).status, 200);
  assert.deepEqual(await tasksOf('mallory'), [task]);
});

test('NUL and lone surrogates are cleaned, stored and returned, in a task and in a title', async () => {
  const dirty = 'a\u0000b\ud800c\udc00d 😀';
  const clean = 'a�b�c�d 😀';
  assert.equal((await post('nadia', JSON.stringify({ task: dirty, projectId: dirty, autoStart: true }))).status, 200);
  const answer = await fetch(`${engine.http}/api/v1/chats`, { headers: backEndHeadersOf('nadia') });
  const [chat] = ((await answer.json()) as { chats: { id: string; title: string; projectId: string }[] }).chats;
  assert.deepEqual([chat?.title, chat?.projectId], [clean, clean]);
  const renamed = await call('nadia', 'PATCH', `/api/v1/chats/${chat?.id}`, JSON.stringify({ title: `${dirty}!` }));
  assert.deepEqual(renamed.body, { status: 'updated', id: chat?.id, title: `${clean}!` });
  assert.deepEqual(await tasksOf('nadia'), [clean]);
});

test('a task of a megabyte gets 422, and a body over one mebibyte 413', async () => {
  const long = await post('bigmouth', JSON.stringify({ task: 'x'.repeat(1_000_000) }));
  assert.deepEqual([long.status, long.body.code], [422, 'invalid']);
  assert.ok(JSON.stringify(long.body).length < 500);
  const largest = `{"task":"${'x'.repeat(limits.bodyBytesMax - 11)}"}`;
  assert.equal((await post('bigmouth', largest)).status, 422);
  const larger = await post('bigmouth', `${largest} `);
  assert.deepEqual([larger.status, larger.body.code], [413, 'bodyTooLarge']);
  assert.deepEqual(await tasksOf('bigmouth'), []);
});

test('a body that is too large is refused by its Content-Length, or once too many bytes have come', async () => {
  const start = `POST ${sessions}`;
  const declared = writeRequest(start, 'bigmouth', { 'Content-Length': 2 * limits.bodyBytesMax });
  assertProblem(await exchange([declared], isNeverEnough), 413, 'bodyTooLarge');
  const chunk = Buffer.from(`10000\r\n${'x'.repeat(0x10000)}\r\n`);
  function* endless() {
    yield writeRequest(start, 'bigmouth', { 'Transfer-Encoding': 'chunked' });
    yield* repeated(chunk);
  }
  assertProblem(await exchange(endless(), isNeverEnough), 413, 'bodyTooLarge');
});

test('a request whose length is wrong or given twice smuggles in no other request', async () => {
  const start = `POST ${sessions}`;
  const body = '{"task":"smuggled"}';
  const lies = [
    { 'Content-Length': 5 },
    { 'Content-Length': -1 },
    { 'Content-Length': 'many' },
    { 'Content-Length': '0x13' },
    { 'Content-Length': '9'.repeat(30) },
    { 'Content-Length': 5, 'Transfer-Encoding': 'chunked' },
    { 'Content-Length': 5, 'content-length': body.length },
  ];
  for (const headers of lies) {
    const answer = await exchange([writeRequest(start, 'smuggler', headers, body)], hasBody);
    assert.doesNotMatch(answer, /HTTP\/1\.1 2/, JSON.stringify(headers));
  }
  const short = writeRequest(start, 'smuggler', { 'Content-Length': 2 }, `{}${body}`);
  await exchange([short], hasBody);
  assert.deepEqual(await tasksOf('smuggler'), []);
});

test('headers of 5 KiB get 431 as problem details, whether they come at once or piece by piece', async () => {
  const big = { 'X-Big': 'a'.repeat(5 * 1_024) };
  for (const start of [`GET ${sessions}`, `POST ${sessions}`, 'GET /api/v1/chats/an-id']) {
    const whole = writeRequest(start, 'eve', big);
    assertProblem(await exchange([whole], isNeverEnough), 431, 'headersTooLarge');
    const pieces = whole.match(/.{1,1000}/gs) ?? [];
    assertProblem(await exchange(pieces, isNeverEnough), 431, 'headersTooLarge');
  }
  const path = await call('eve', 'GET', `/api/v1/chats?limit=${'1'.repeat(5_000)}`);
  assert.deepEqual([path.status, path.body.code], [431, 'headersTooLarge']);
  const huge = writeRequest(`GET ${sessions}`, 'eve', { 'X-Big': 'a'.repeat(1_000_000) });
  assert.doesNotMatch(await exchange([huge], isNeverEnough), /HTTP\/1\.1 2/);
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`X-${at}`, 'a']));
  assert.doesNotMatch(await exchange([writeRequest(`GET ${sessions}`, 'eve', many)], hasBody), /HTTP\/1\.1 2/);
});

test('what other ports of the same host keep as cookies keeps nobody out, unless it is beyond all measure', async () => {
  const cookiesOf = (count: number) =>
    Array.from({ length: count }, (_, at) => `of-${at}=${'a'.repeat(800)}`).join('; ');
  const ask = (count: number) => fetch(`${engine.http}/console/session`, { headers: { Cookie: cookiesOf(count) } });
  for (const count of [5, 18]) assert.equal((await ask(count)).status, 200);
  const tooLarge = await ask(22);
  assert.deepEqual([tooLarge.status, ((await tooLarge.json()) as { code: string }).code], [431, 'headersTooLarge']);
});

test('a header cannot add a header to the answer', async () => {
  for (const [origin, isAnswered] of [
    ['http://localhost:3000\r\nX-Evil: 1', true],
    ['http://localhost:3000%0d%0aX-Evil: 1', true],
    ['http://localhost:3000\nX-Evil: 1', false],
  ] as const) {
    const answer = await exchange([writeRequest('GET /health', 'eve', { Origin: origin })], (text) =>
      /[>}]$/.test(text),
    );
    assert.equal(/HTTP\/1\.1 200/.test(answer), isAnswered, origin);
    assert.doesNotMatch(answer, /evil/i);
  }
});

test('a request that is cut off at any byte leaves no session', async () => {
  const body = JSON.stringify({ task: 'never finished' });
  const whole = writeRequest(`POST ${sessions}`, 'quitter', { 'Content-Length': body.length }, body);
  for (let bytes = 1; bytes < whole.length; bytes++) await sendAndLeave(whole.slice(0, bytes));
  assert.deepEqual(await tasksOf('quitter'), []);
  for (let times = 0; times < 20; times++) await sendAndLeave(whole); // These are complete, but nobody waits for an answer.
  const health = await fetch(`${engine.http}/health`);
  assert.deepEqual(await health.json(), { status: 'ok' });
  const left = await tasksOf('quitter');
  assert.ok(left.length <= 20 && left.every((task) => task === 'never finished'));
});

test('fifty requests in one packet get fifty answers of /health, and disturb nobody where they read the database', async () => {
  const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(50);
  const answers = await exchange([health], (text) => text.split('{"status":"ok"}').length > 50);
  assert.equal(answers.match(/HTTP\/1\.1 200 OK/g)?.length, 50);
  const patient = post('neighbour', JSON.stringify({ task: 'not disturbed' }));
  const listed = await exchange(
    [writeRequest(`GET ${sessions}`, 'eve').repeat(50)],
    (text) => text.split('}').length > 50,
  );
  assert.doesNotMatch(listed, /not disturbed/);
  assert.equal((await patient).status, 200);
});

const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units));
const anyValue = fc.oneof(anyText, fc.jsonValue());
const anyBody = fc.oneof(
  fc.json(),
  anyText,
  fc
    .record(
      { task: anyValue, id: anyValue, modelProvider: anyValue, apiKey: anyValue, autoStart: anyValue, title: anyValue },
      { requiredKeys: [] },
    )
    .map((body) => JSON.stringify(body)),
);

test('no random body, path or query gets a 5xx or ends the process', async () => {
  const isFine = (status: number) => status < 500 || status === 503;
  await fc.assert(
    fc.asyncProperty(anyBody, anyText, anyText, async (body, one, other) => {
      const [a, b] = [one, other].map((text) => encodeURIComponent(text.toWellFormed()));
      const answers = await Promise.all([
        post('chance', body),
        call('chance', 'PATCH', `/api/v1/chats/${a}`, body),
        call('chance', 'GET', `/api/v1/chats?limit=${a}&offset=${b}`),
        call('chance', 'GET', `/api/v1/chats/${a}/messages?after_sequence=${b}`),
        call('chance', 'GET', `/api/v1/files/read?session_id=${a}&path=${b}`),
        call('chance', 'DELETE', `/api/v1/sessions/${a}`),
      ]);
      for (const answer of answers) assert.ok(isFine(answer.status), JSON.stringify(answer.body));
    }),
    { numRuns: 300 },
  );
});

test('bytes that are no HTTP end only their own connection', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      await sendAndLeave(Buffer.from(bytes));
      await sendAndLeave(
        Buffer.concat([Buffer.from('GET /'), bytes, Buffer.from(' HTTP/1.1\r\nHost: localhost\r\n\r\n')]),
      );
    }),
    { numRuns: 200 },
  );
  assert.equal((await fetch(`${engine.http}/health`)).status, 200);
});
