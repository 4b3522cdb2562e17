// By which names an engine may be called, from which pages, and whom an engine without secrets believes.
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { defaultSessionSecret } from '../../schema/rules/development-token.ts';
import { TestClient } from '../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { sendRawRequest } from '../testing/raw-http.ts';

const sessions = '/api/v1/sessions';

let engine: TestEngine;
/** An engine without secrets on every address of this machine, of which its operator was warned. */
let open: TestEngine;
before(async () => {
  const named = { PUBLIC_HOSTS: 'engine.example.com,*.lan', ALLOWED_ORIGINS: 'https://app.example.com,https://*.lan' };
  engine = await startTestEngine({ environment: named });
  const nothingSet = {
    SESSION_SECRET: '',
    INTERNAL_API_KEY: '',
    HOST: '0.0.0.0',
    ALLOWED_ORIGINS: '*,http://named.example',
  };
  open = await startTestEngine({ environment: { ...nothingSet, NODE_ENV: 'development' } });
});
after(async () => {
  await engine?.close();
  await open?.close();
});

type Answer = { status: number; code: string | undefined };

/** Requests are written by hand, so that they can have any header, also twice. */
async function ask(
  on: TestEngine,
  line: string,
  headers: readonly [string, string][],
  host = '127.0.0.1',
): Promise<Answer> {
  const body = line.startsWith('POST') ? '{"task":"x"}' : '';
  const length: [string, string][] = body === '' ? [] : [['Content-Length', String(body.length)]];
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`);
  const { status, body: text } = await sendRawRequest(
    { host, port: on.port },
    `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`,
  );
  return { status, code: text.startsWith('{') ? (JSON.parse(text) as { code?: string }).code : undefined };
}

const asAda: [string, string][] = Object.entries(backEndHeadersOf('ada'));
const statusFor = async (host: string, line = `GET ${sessions}`) =>
  (await ask(engine, line, [['Host', host], ...asAda])).status;

test('a client may call an engine by localhost, by addresses and by the names it was given', async () => {
  for (const host of [
    'localhost',
    `localhost:${engine.port}`,
    'LocalHost:1',
    '127.0.0.1:8000',
    '10.1.2.3',
    '[::1]:8000',
    '[fd00::1]',
    'engine.example.com',
    'Engine.Example.com:443',
    'a.b.lan',
  ])
    assert.equal(await statusFor(host), 200, host);
});

test('a client that calls an engine by any other name gets 421, whatever it asks for', async () => {
  const lines = [
    `GET ${sessions}`,
    `POST ${sessions}`,
    'GET /',
    'GET /health',
    'GET /ready',
    'GET /metrics',
    'GET /none',
  ];
  for (const line of [...lines, `OPTIONS ${sessions}`, `PUT ${sessions}`, 'HEAD /none'])
    assert.equal(await statusFor('evil.example', line), 421, line);
  for (const host of [
    'localhost.evil.example',
    'evil-localhost',
    '127.0.0.1.evil.example',
    'lan',
    'example.com',
    '[::1',
    'a b',
  ])
    assert.equal(await statusFor(host), 421, host);
  assert.deepEqual(await ask(engine, 'GET /', [['Host', 'evil.example']]), { status: 421, code: 'unknownHost' });
});

const change = `POST ${sessions}`;

test('a page of another origin changes nothing, whatever token it has; named ones and the engine’s own may', async () => {
  const from = (origin: string, line: string, host = 'localhost:8000') =>
    ask(engine, line, [['Host', host], ['Origin', origin], ...asAda]);
  for (const origin of [
    'https://evil.example',
    'null',
    'http://localhost:3000',
    'http://localhost',
    'file://',
    'https://lan',
  ]) {
    for (const line of [change, `DELETE ${sessions}/x`, 'PATCH /api/v1/chats/x'])
      assert.deepEqual(await from(origin, line), { status: 403, code: 'foreignOrigin' }, `${origin} ${line}`);
    assert.equal((await from(origin, `GET ${sessions}`)).status, 200, 'a browser keeps the answer from the page');
  }
  for (const origin of ['https://app.example.com', 'https://x.lan', 'http://localhost:8000'])
    assert.equal((await from(origin, change)).status, 200, origin);
  assert.equal((await from('https://engine.example.com', change, 'Engine.example.com')).status, 200);
});

test('a socket of a foreign page, or for another name, is told why and closed', async () => {
  const url = `${engine.ws}?token=${await signTestToken('ada')}`;
  for (const [headers, code, closes] of [
    [{ Origin: 'https://evil.example' }, 'foreignOrigin', 4003],
    [{ Origin: 'null' }, 'foreignOrigin', 4003],
    [{ Host: 'evil.example' }, 'unknownHost', 4021],
    [{ Host: 'evil.example', Origin: 'http://evil.example' }, 'unknownHost', 4021],
  ] as const) {
    const client = new TestClient(url, { headers });
    assert.equal(await client.closed, closes);
    assert.deepEqual(
      client.frames.map((frame) => [frame.type, frame.code, frame.retryable]),
      [['error', code, false]],
    );
  }
  const client = await TestClient.open(url, { headers: { Origin: 'https://app.example.com' } });
  client.send({ task: 'from a named origin' });
  await client.waitForStatus('completed');
  await client.close();
});

/** Addresses by which others reach this machine; those of Docker's networks go with the tests that made them. */
const outward = Object.entries(networkInterfaces())
  .flatMap(([name, addresses]) => (name.startsWith('br-') ? [] : (addresses ?? [])))
  .filter(({ family, internal }) => family === 'IPv4' && !internal)
  .map(({ address }) => address);

test('an engine without secrets believes nobody elsewhere, neither a named user nor a token of the default secret', async () => {
  const forged = await signTestToken('ada', {}, defaultSessionSecret);
  const claims: [string, string][] = [
    ['X-User-ID', 'ada'],
    ['Authorization', `Bearer ${forged}`],
  ];
  const host: [string, string] = ['Host', 'localhost'];
  for (const claim of claims) {
    assert.equal((await ask(open, `GET ${sessions}`, [host, claim])).status, 200, claim[0]);
    for (const more of [
      ['X-Forwarded-For', '203.0.113.9'],
      ['X-Forwarded-For', '127.0.0.1, 203.0.113.9'],
      ['X-Real-IP', '203.0.113.9'],
      ['Forwarded', 'for=203.0.113.9'],
      ['Origin', 'https://evil.example'],
      ['Origin', 'null'],
    ] as [string, string][])
      assert.equal((await ask(open, `GET ${sessions}`, [host, claim, more])).status, 401, `${claim[0]} with ${more}`);
    for (const more of [
      ['X-Forwarded-For', '::1, 127.0.0.1:4711'],
      ['X-Real-IP', '::ffff:127.0.0.1'],
      ['Origin', 'http://named.example'],
    ] as [string, string][])
      assert.equal((await ask(open, `GET ${sessions}`, [host, claim, more])).status, 200, `${claim[0]} with ${more}`);
    for (const address of outward)
      assert.equal(
        (await ask(open, `GET ${sessions}`, [host, claim], address)).status,
        401,
        `${claim[0]} over ${address}`,
      );
  }
});

test('a token of the default secret is believed from this machine only, in the URL and in the first message', async () => {
  const forged = await signTestToken('ada', {}, defaultSessionSecret);
  const urlOf = (on: string) => `ws://${on}:${open.port}/api/v1/ws`;
  const far = [
    ...outward.map((address) => [urlOf(address), {}] as const),
    [urlOf('127.0.0.1'), { 'X-Forwarded-For': '203.0.113.9' }] as const,
    [urlOf('127.0.0.1'), { Origin: 'https://any.example' }] as const,
  ];
  for (const [url, headers] of far) {
    assert.equal(await new TestClient(`${url}?token=${forged}`, { headers }).closed, 4010, url);
    const inMessage = await TestClient.open(url, { headers });
    inMessage.send({ task: 'x', token: forged });
    assert.equal(await inMessage.closed, 4010, url);
  }
  const near = await TestClient.open(urlOf('127.0.0.1'));
  near.send({ task: 'x', token: forged });
  await near.waitForStatus('completed');
  await near.close();
});

test('a client reaches an engine without secrets and without HOST over loopback only', async (t) => {
  const environment = { SESSION_SECRET: '', INTERNAL_API_KEY: '', HOST: '', NODE_ENV: 'development' };
  const shut = await startTestEngine({ environment });
  t.after(() => shut.close());
  assert.equal((await ask(shut, 'GET /health', [['Host', 'localhost']])).status, 200);
  for (const host of outward)
    await assert.rejects(ask(shut, 'GET /health', [['Host', 'localhost']], host), /ECONNREFUSED/);
});
