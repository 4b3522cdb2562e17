// Caddy with the project's Caddyfile in front of an engine: one origin for pages, API, WebSocket and streams, and TLS.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as requestPlainly } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, createServer as createRawServer } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeTrustedCertificate } from '../sandbox/testing/certificate.ts';
import { findFreePort } from './database/embedded/free-port.ts';
import { Caddy, caddyfiles, hasCaddy, runCaddy } from './testing/caddy.ts';
import { TestClient } from './testing/client.ts';
import { requireConsole } from './testing/console.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from './testing/engine.ts';
import { TestStream } from './testing/event-stream.ts';
import { callAs, waitUntil } from './testing/rest.ts';
import { developmentEnvironment, TestBrowser } from './testing/sign-in.ts';

const isHere = hasCaddy('Caddy in front of the engine');
const caddyTest = (name: string, act: () => Promise<void>) => isHere && void test(name, act);

let engine: TestEngine;
let caddy: Caddy;
const closers: (() => Promise<void>)[] = [];
if (isHere) {
  before(async () => {
    await requireConsole();
    const environment = { ...developmentEnvironment, MOCK_STEP_DELAY_MS: '20', PUBLIC_HOSTS: domain };
    engine = await startTestEngine({ environment });
    caddy = await startCaddy({ engine: `127.0.0.1:${engine.port}` });
  });
  after(async () => {
    await Promise.all(closers.map((close) => close()));
    await engine.close();
  });
}

async function startCaddy(options: Parameters<typeof Caddy.start>[0]): Promise<Caddy> {
  const started = await Caddy.start(options);
  closers.push(() => started.close());
  return started;
}

/** Names below `.localhost` get certificates from Caddy itself. */
const domain = 'lucid.localhost';

caddyTest('the Caddyfiles are valid, and written as Caddy formats them', async () => {
  for (const caddyfile of caddyfiles) {
    runCaddy('validate', '--config', caddyfile, '--adapter', 'caddyfile');
    assert.equal(runCaddy('fmt', caddyfile), readFileSync(caddyfile, 'utf8'));
  }
});

type Raw = { status: number; headers: IncomingHttpHeaders };

/** As it is on the wire: `fetch` would unpack it. */
async function getRaw(url: string, headers: Record<string, string> = {}): Promise<Raw> {
  const asked = requestPlainly(url, { headers });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return { status: answer.statusCode ?? 0, headers: answer.headers };
}

caddyTest(
  'the console comes as the engine serves it: its headers, compressed, kept for a year, not sent twice',
  async () => {
    const html = await (await fetch(`${engine.http}/console/`)).text();
    const [script = ''] = /\/console\/assets\/[\w.-]+\.js/.exec(html) ?? [];
    for (const path of ['/console/', '/console/sessions/one', script, '/console/assets/none.js', '/docs', '/']) {
      const [direct, proxied] = await Promise.all(
        [engine, caddy].map(({ http }) => getRaw(`${http}${path}`, { 'Accept-Encoding': 'br', Accept: 'text/html' })),
      );
      const told = ({ date, connection, 'keep-alive': _, ...rest }: IncomingHttpHeaders = {}) => rest;
      assert.equal(proxied?.status, direct?.status);
      assert.deepEqual({ 'x-content-type-options': 'nosniff', ...told(direct?.headers) }, told(proxied?.headers), path);
    }
    const packed = { 'Accept-Encoding': 'br' };
    const { headers } = await getRaw(`${caddy.http}${script}`, packed);
    assert.match(String(headers['cache-control']), /immutable/);
    const known = await getRaw(`${caddy.http}${script}`, { ...packed, 'If-None-Match': String(headers.etag) });
    assert.equal(known.status, 304);
  },
);

caddyTest('a page of this origin opens a WebSocket, and one of another origin does not', async () => {
  const token = await signTestToken('ada');
  const own = await TestClient.open(`${caddy.ws}?token=${token}`, { origin: caddy.http });
  own.send({ task: 'Write hello world' });
  await own.waitForStatus('completed');
  await own.close();
  const foreign = await TestClient.open(`${caddy.ws}?token=${token}`, { origin: 'http://kittens.test' });
  assert.equal(await foreign.closed, 4003);
});

caddyTest('somebody signs in at a page of this origin, and the cookie counts for its pages alone', async () => {
  const person = new TestBrowser(caddy);
  await person.signIn('ada');
  const sessions = '/api/v1/sessions';
  assert.equal((await person.call('POST', sessions, { task: 'Write hello world' })).status, 200);
  const own = await person.open();
  own.send({ task: 'Write hello world' });
  await own.waitForStatus('completed');
  await own.close();
  for (const Origin of [engine.http, 'http://kittens.test'])
    assert.equal((await person.call('POST', sessions, { task: 'Steal' }, { Origin })).status, 403, Origin);
});

caddyTest('events stream while the agent works, and the engine hears that somebody left', async () => {
  const client = await TestClient.start(caddy.ws, await signTestToken('ada'), 'Write hello world');
  const session = `/api/v1/sessions/${client.sessionId}`;
  const headers = { ...backEndHeadersOf('ada'), 'Accept-Encoding': 'gzip' };
  const stream = await TestStream.open(`${caddy.http}${session}/events`, headers);
  assert.equal(stream.answer.headers['content-encoding'], undefined);
  await stream.waitForStatus('completed');
  assert.deepEqual(
    stream.stored.map(({ sequence }) => sequence),
    stream.stored.map((_, at) => at + 1),
  );
  const watchers = async () => (await callAs<{ watchers: number }>(caddy, 'ada', 'GET', session)).body.watchers;
  assert.equal(await watchers(), 2);
  stream.cut();
  await waitUntil(async () => (await watchers()) === 1);
  await client.close();
});

caddyTest('a file goes up and the workspace comes down, and long answers are compressed', async () => {
  const client = await TestClient.start(caddy.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
  const content = 'lines and lines\n'.repeat(20_000);
  const file = { session_id: client.sessionId, path: '/workspace/notes.txt', content };
  assert.equal((await callAs(caddy, 'ada', 'POST', '/api/v1/files/write', file)).status, 200);
  const session = `${caddy.http}/api/v1/sessions/${client.sessionId}`;
  const archive = await fetch(`${session}/archive`, { headers: backEndHeadersOf('ada') });
  const packed = Buffer.from(await archive.arrayBuffer());
  assert.deepEqual([...packed.subarray(0, 2)], [0x1f, 0x8b]);
  const listed = await getRaw(`${session}/events`, { ...backEndHeadersOf('ada'), 'Accept-Encoding': 'gzip' });
  assert.equal(listed.headers['content-encoding'], 'gzip');
  await client.close();
});

caddyTest('what the engine measures is not for everybody', async () => {
  assert.equal((await fetch(`${engine.http}/metrics`)).status, 200);
  assert.equal((await fetch(`${caddy.http}/metrics`)).status, 404);
});

caddyTest('nobody outside says whose address a request comes from', async () => {
  const server = createServer((asked, answer) => answer.end(JSON.stringify(asked.headers))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => void server.close());
  const { http, port } = await startCaddy({ engine: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  const forged = {
    'X-Forwarded-For': '10.0.0.1',
    'X-Real-IP': '10.0.0.2',
    Forwarded: 'for=10.0.0.3',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'evil.test',
  };
  const seen = (await (await fetch(http, { headers: forged })).json()) as IncomingHttpHeaders;
  assert.deepEqual(
    ['x-forwarded-for', 'x-real-ip', 'forwarded', 'x-forwarded-proto', 'x-forwarded-host', 'host'].map(
      (name) => seen[name],
    ),
    ['127.0.0.1', undefined, undefined, 'http', `127.0.0.1:${port}`, `127.0.0.1:${port}`],
  );
});

caddyTest('a request waits for an engine that starts again, and is told where none answers', async () => {
  const port = await findFreePort();
  const { http } = await startCaddy({ engine: `127.0.0.1:${port}` });
  const waiting = fetch(http);
  await delay(300);
  const server = createServer((_, answer) => answer.end('back')).listen(port, '127.0.0.1');
  closers.push(async () => void server.close());
  assert.equal(await (await waiting).text(), 'back');

  const deaf = createRawServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  closers.push(async () => void deaf.close());
  const { http: before } = await startCaddy({ engine: `127.0.0.1:${(deaf.address() as AddressInfo).port}` });
  const refused = await fetch(before, { method: 'POST', body: '{}', headers: { Accept: 'text/html' } });
  assert.equal(refused.status, 502);
  assert.deepEqual(
    ['Refresh', 'Cache-Control', 'Server'].map((name) => refused.headers.get(name)),
    ['2', 'no-store', null],
  );
});

type Tls = { port: number; servername: string; ca?: string };

type Asked = { method?: string; origin?: string; body?: string };

async function getByName({ port, servername, ca }: Tls, path: string, { method = 'GET', origin, body }: Asked = {}) {
  const headers = { Host: `${servername}:${port}`, ...(origin !== undefined && { Origin: origin }) };
  const asked = request({ host: '127.0.0.1', port, servername, ca, path, method, headers });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return { status: answer.statusCode, headers: answer.headers };
}

caddyTest('a name is served over https, http leads there, and its pages are of the engine’s own origin', async () => {
  const started = await startCaddy({ engine: `127.0.0.1:${engine.port}`, domain });
  const { port, plainPort, authority: ca } = started;
  const page = await getByName({ port, servername: domain, ca }, '/console/');
  assert.deepEqual([page.status, page.headers['strict-transport-security']], [200, 'max-age=31536000']);
  assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/);
  const signing = await getByName({ port, servername: domain, ca }, '/console/session', {
    method: 'POST',
    origin: `https://${domain}:${port}`,
    body: '{"name":"ada"}',
  });
  assert.match(String(signing.headers['set-cookie']), /^__Host-lucid_console=.*; Secure$/);
  const led = await getRaw(`http://127.0.0.1:${plainPort}/console/`, { Host: domain });
  assert.deepEqual(
    [led.status, led.headers.location, led.headers.server],
    [308, `https://${domain}:${port}/console/`, undefined],
  );

  const origin = `https://${domain}:${port}`;
  const url = `wss://127.0.0.1:${port}/api/v1/ws?token=${await signTestToken('ada')}`;
  const asPage = { ca, servername: domain, headers: { Host: `${domain}:${port}` } };
  const client = await TestClient.open(url, { ...asPage, origin });
  client.send({ task: 'Write hello world' });
  await client.waitForStatus('completed');
  await client.close();
  const foreign = await TestClient.open(url, { ...asPage, origin: 'https://kittens.test' });
  assert.equal(await foreign.closed, 4003);
});

caddyTest('an operator’s own certificate is taken', async () => {
  const name = 'own.lucid.test';
  const { cert, key, distrust } = makeTrustedCertificate(name);
  distrust();
  const site = { cert, key, 'tls.caddy': 'tls site/cert site/key' };
  const started = await startCaddy({ engine: `127.0.0.1:${engine.port}`, domain: name, site });
  // The engine doesn't know this name.
  assert.equal((await getByName({ port: started.port, servername: name, ca: cert }, '/health')).status, 421);
});
