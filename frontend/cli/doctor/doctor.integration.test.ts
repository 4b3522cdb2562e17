// `lucid doctor` against an engine that is well, and against deployments that are broken in the ways that they break.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import { FaultProxy } from '../../../engine/testing/fault-proxy.ts';
import { waitUntil } from '../../../engine/testing/rest.ts';
import { createClient } from '../../client/index.ts';
import { findClosedUrl, type Ran, runCommand } from '../testing/run-command.ts';
import type { Finding } from './finding.ts';

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine();
  token = await signTestToken('ada');
  await createClient({ baseUrl: engine.http, token }).sessions.create({ task: 'Write hello world', autoStart: true });
});
after(() => engine?.close());

const examine = (url: string, env: Record<string, string> = { LUCID_TOKEN: token }): Promise<Ran> =>
  runCommand(['doctor', '--json', '--url', url], { env });

const findingsOf = ({ stdout }: Ran): Finding[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);

const find = (ran: Ran, about: string) => findingsOf(ran).find((finding) => finding.about === about);

/** A proxy before the engine that answers some requests itself. @param answer whether it did */
async function startProxy(
  t: TestContext,
  answer: (incoming: IncomingMessage, response: ServerResponse) => boolean,
  options: { passesUpgrades?: boolean } = {},
): Promise<string> {
  const server: Server = createServer((incoming, response) => {
    if (answer(incoming, response)) return;
    const { method, url, headers } = incoming;
    const asked = request({ host: '127.0.0.1', port: engine.port, method, path: url, headers }, (answered) => {
      if (!response.headersSent) response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    asked.on('error', () => response.destroy());
    response.on('close', () => asked.destroy());
    incoming.pipe(asked);
  });
  if (options.passesUpgrades !== false)
    server.on('upgrade', (incoming, socket) => {
      const { url, headers } = incoming;
      const asked = request({ host: '127.0.0.1', port: engine.port, path: url, headers });
      asked.on('upgrade', (answered, engineSocket) => {
        const lines = Object.entries(answered.headers).map(([name, value]) => `${name}: ${value}`);
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
        engineSocket.pipe(socket).pipe(engineSocket);
        engineSocket.on('error', () => socket.destroy());
        socket.on('error', () => engineSocket.destroy());
      });
      asked.end();
    });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a deployment that is well gets a line for each thing that was looked at, and code 0', async () => {
  const ran = await examine(engine.http);
  assert.equal(ran.code, 0, ran.stdout);
  const verdicts = Object.fromEntries(findingsOf(ran).map(({ about, verdict }) => [about, verdict]));
  assert.notEqual(verdicts.PostgreSQL, 'fail'); // Beside other tests its disk may be too slow to be well.
  assert.deepEqual(verdicts, {
    reachable: 'ok',
    transport: 'ok',
    version: 'ok',
    clock: 'ok',
    readiness: 'ok',
    PostgreSQL: verdicts.PostgreSQL,
    agents: 'warn', // A script plays the agent here.
    sandbox: 'ok',
    WebSocket: 'ok',
    token: 'ok',
    SSE: 'ok',
  });
});

test('for people each finding is a line with its mend, without colours in a pipe', async () => {
  const { stdout } = await runCommand(['doctor', '--url', engine.http]);
  const lines = stdout.trim().split('\n');
  for (const line of lines) assert.match(line, /^(ok {2}|warn|fail) {2}\w+ +\S/);
  assert.ok(lines.some((line) => /^warn {2}token +there is none → npx lucid login/.test(line)));
});

test('nothing that listens, and something that is no engine, are told apart; the code is 3', async (t) => {
  const nothing = await examine(await findClosedUrl());
  assert.deepEqual([nothing.code, findingsOf(nothing).length], [3, 1]);
  assert.match(find(nothing, 'reachable')?.found ?? '', /does not answer: connect ECONNREFUSED/);
  const stranger = await startProxy(t, (_, response) => Boolean(response.end('<html>Welcome to nginx!</html>')));
  const other = await examine(stranger);
  assert.equal(other.code, 3);
  assert.match(find(other, 'reachable')?.found ?? '', /it is not the engine/);
});

test('a token that has expired, or that another secret signed, is told with when it expired', async () => {
  const expired = await examine(engine.http, { LUCID_TOKEN: await signTestToken('ada', { exp: 1_700_000_000 }) });
  assert.equal(expired.code, 4);
  assert.deepEqual(find(expired, 'SSE'), {
    about: 'SSE',
    verdict: 'warn',
    found: 'not tried: the token was not accepted',
    mend: 'mend that first',
  });
  assert.match(find(expired, 'token')?.found ?? '', /expired \d+h/);
  const foreign = await examine(engine.http, { LUCID_TOKEN: await signTestToken('ada', {}, 'x'.repeat(40)) });
  assert.match(find(foreign, 'token')?.mend ?? '', /SESSION_SECRET/);
});

test('a proxy that doesn’t pass WebSockets', async (t) => {
  const ran = await examine(await startProxy(t, () => false, { passesUpgrades: false }));
  assert.equal(ran.code, 1);
  assert.match(find(ran, 'WebSocket')?.mend ?? '', /Upgrade/);
  assert.equal(find(ran, 'SSE')?.verdict, 'ok');
});

test('a proxy that keeps a stream until it is whole', async (t) => {
  const url = await startProxy(t, ({ url: path }, response) => {
    if (!path?.endsWith('/events')) return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    return true;
  });
  const ran = await examine(url);
  assert.equal(ran.code, 1);
  assert.match(find(ran, 'SSE')?.mend ?? '', /proxy_buffering off/);
});

test('an engine whose clock is wrong', async (t) => {
  const url = await startProxy(t, ({ url: path }, response) => {
    if (path !== '/') return false;
    response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString());
    void fetch(`${engine.http}/`).then(async (answer) => response.end(await answer.text()));
    return true;
  });
  const ran = await examine(url);
  assert.equal(ran.code, 1);
  assert.match(find(ran, 'clock')?.found ?? '', /^(59m|1h).* behind this machine’s/);
});

test('an engine whose PostgreSQL is away', async (t) => {
  const database = await createTestDatabase();
  const proxy = await FaultProxy.start(database.url);
  const broken = await startTestEngine({ databaseUrl: proxy.url, environment: { HOST_THREADS: '1' } });
  t.after(async () => {
    proxy.heal();
    await broken.close();
    await proxy.stop();
    await database.drop();
  });
  // All threads have their connections by then.
  await createClient({ baseUrl: broken.http, token }).sessions.create({ task: 'Begin', autoStart: true });
  proxy.refuse();
  await waitUntil(async () => !(await fetch(`${broken.http}/ready`)).ok);
  const ran = await examine(broken.http);
  assert.equal(ran.code, 1);
  assert.equal(find(ran, 'readiness')?.verdict, 'fail');
  assert.match(find(ran, 'readiness')?.mend ?? '', /PostgreSQL/);
  assert.equal(find(ran, 'PostgreSQL')?.verdict, 'fail');
});
