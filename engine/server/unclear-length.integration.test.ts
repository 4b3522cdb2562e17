// A request whose end is in doubt is refused, and no request behind it on its connection is answered.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { startTestEngine, type TestEngine, testInternalKey } from '../testing/engine.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});
after(() => engine?.close());

const sessions = '/api/v1/sessions';
const common = `Host: localhost\r\nX-User-ID: smuggler\r\nX-Internal-Key: ${testInternalKey}\r\n`;
const smuggled = `GET ${sessions} HTTP/1.1\r\n${common}\r\n`;
const whileMs = 30_000;

/** @returns all that comes back until the server closes @throws where the server keeps the connection */
function untilClosed(sent: string, andThen = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(engine.port, '127.0.0.1', () => socket.write(sent));
    let [text, rest] = ['', andThen];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The connection was kept after ${JSON.stringify(text)}`));
    }, whileMs);
    socket.on('data', (data) => {
      text += data;
      if (rest !== '') socket.write(rest);
      rest = '';
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

const statusesIn = (answers: string): string[] =>
  [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status);

const starts = [
  `POST ${sessions}`,
  `GET ${sessions}`,
  'GET /health',
  'HEAD /health',
  'GET /metrics',
  'POST /no/such/route',
  `PUT ${sessions}`,
  `OPTIONS ${sessions}`,
];
const doubts = [
  'Content-Length: 2\r\nContent-Length: 400\r\n',
  'Content-Length: 400\r\nContent-Length: 2\r\n',
  'Transfer-Encoding: xchunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 2\r\n',
  'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n',
];

for (const start of starts)
  test(`${start}: where its body ends in doubt, it gets 400, its connection is closed, and nothing behind it is answered`, async () => {
    for (const doubt of doubts) {
      const request = `${start} HTTP/1.1\r\n${common}${doubt}\r\n`;
      assert.deepEqual(statusesIn(await untilClosed(request, smuggled)), ['400'], doubt);
      for (const rest of [`{}${smuggled}`, smuggled, `0\r\n\r\n${smuggled}${smuggled}`]) {
        const answers = statusesIn(await untilClosed(request + rest)).join(); // There is no answer where the connection is cut at once.
        assert.match(answers, /^(400|505)?$/, JSON.stringify(doubt + rest));
      }
    }
  });

test('an ordinary body with a length or in chunks is read, and the next request is answered', async () => {
  const body = '{"task":"plain"}';
  const last = `GET /health HTTP/1.1\r\n${common}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`;
  for (const [header, sent] of [
    [`Content-Length: ${body.length}`, body],
    ['Transfer-Encoding: Chunked', `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
  ]) {
    const answer = await untilClosed(`POST ${sessions} HTTP/1.1\r\n${common}${header}\r\n\r\n${sent}`, last);
    assert.deepEqual(statusesIn(answer), ['200', '400'], answer);
  }
});
