// Anybody gets these without a login: status, health, readiness, metrics, the API's description, CORS, and refusals.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { metricNames } from '../../../schema/metrics.ts';
import { TestClient } from '../../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { waitUntilHolds } from '../../testing/rest.ts';

type Problem = { type: string; title: string; status: number; detail: string; code: string };
type Operation = { summary: string; parameters: { name: string; in: string }[]; responses: object };
type OpenApi = { openapi: string; info: { title: string; version: string }; paths: Record<string, object> };

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});
after(() => engine?.close());

async function get<Body>(path: string, init: RequestInit = {}) {
  const answer = await fetch(`${engine.http}${path}`, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: (text && JSON.parse(text)) as Body };
}

/** @returns the metric's sum over its labels */
async function readMetric(name: string): Promise<number> {
  const text = await (await fetch(`${engine.http}/metrics`)).text();
  const lines = text.split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('the status has the fields of the reference, and says which mode runs', async () => {
  const { status, body } = await get<Record<string, unknown>>('/');
  assert.equal(status, 200);
  const { docker_available: dockerAvailable, version, ...rest } = body;
  assert.equal(typeof dockerAvailable, 'boolean');
  assert.match(String(version), /^\d+\.\d+\.\d+$/);
  assert.deepEqual(rest, {
    service: 'Lucid AI Engine',
    status: 'healthy',
    openhands_available: false,
    active_sandboxes: 0,
    active_sessions: 0,
    llm_model: rest.llm_model,
    mode: 'mock',
    sandbox: 'memory',
    node: null,
    cluster: 'alone',
  });
  assert.match(String(rest.llm_model), /^anthropic\/./);
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'count me');
  await waitUntilHolds(async () => assert.equal((await get<{ active_sessions: number }>('/')).body.active_sessions, 1));
  client.send({ type: 'stop' });
  await client.closed;
  await waitUntilHolds(async () => assert.equal((await get<{ active_sessions: number }>('/')).body.active_sessions, 0));
});

test('health is `ok`, also for a page of an allowed origin', async () => {
  const { status, body, headers } = await get('/health');
  assert.deepEqual([status, body], [200, { status: 'ok' }]);
  assert.equal(headers.get('content-type'), 'application/json');
  const fromPage = await get('/health', { headers: { Origin: 'http://localhost:3000' } });
  assert.deepEqual(fromPage.body, { status: 'ok' });
  assert.equal(fromPage.headers.get('access-control-allow-origin'), 'http://localhost:3000');
});

test('the engine is ready, except while a host is being replaced', async () => {
  assert.deepEqual((await get('/ready')).body, { status: 'ready' });
  let away = await get<Problem>('/ready');
  while (away.status === 200) {
    engine.supervisor.endHost(0);
    away = await get<Problem>('/ready');
  }
  assert.equal(away.status, 503);
  assert.equal(away.body.code, 'notReady');
  assert.equal(away.headers.get('retry-after'), '1');
  assert.match(away.body.detail, /host/);
  await waitUntilHolds(async () => assert.equal((await get('/ready')).status, 200));
});

test('the metrics have all threads, under the names that dashboards use', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'measure me');
  await client.waitForStatus('completed');
  const answer = await fetch(`${engine.http}/metrics`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  for (const { name } of Object.values(metricNames))
    if (/^lucid_(cluster|sandbox_host)_/.test(name))
      assert.ok(!text.includes(name), `${name} is of several machines only`);
    else assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'), name);
  for (const name of ['lucid_sessions', 'lucid_sockets'])
    await waitUntilHolds(async () => assert.equal(await readMetric(name), 1, name));
  assert.equal(await readMetric('lucid_storage_available'), 1);
  assert.ok((await readMetric('lucid_frames_sent_total')) >= 12);
  assert.ok((await readMetric('lucid_batches_total')) > 0);
  for (const thread of ['gateway', 'persistence', 'host'])
    assert.match(text, new RegExp(`lucid_event_loop_delay_seconds.*${thread}`), thread);
  assert.doesNotMatch(text, /measure me/);
  await client.close();
});

test('the OpenAPI document has every route with its method and its parameters', async () => {
  const { status, body } = await get<OpenApi>('/openapi.json');
  assert.equal(status, 200);
  assert.match(body.openapi, /^3\./);
  assert.ok(body.info.title && body.info.version);
  const routes = Object.entries(body.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  const expected = [
    'get /',
    'get /health',
    'get /ready',
    'post /api/v1/sessions',
    'get /api/v1/sessions',
    'delete /api/v1/sessions/{id}',
    'post /api/v1/sessions/{id}/messages',
    'get /api/v1/chats',
    'get /api/v1/chats/{id}',
    'get /api/v1/chats/{id}/messages',
    'patch /api/v1/chats/{id}',
    'delete /api/v1/chats/{id}',
    'get /api/v1/files/list',
    'get /api/v1/files/read',
  ];
  for (const route of expected) assert.ok(routes.includes(route), route);
  for (const [path, item] of Object.entries(body.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    for (const { summary, parameters, responses } of Object.values(item) as Operation[]) {
      assert.ok(summary && responses);
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
      assert.deepEqual(inPath, named, path);
    }
  }
});

test('an unknown route gets 404 and a wrong method 405 with what is allowed, as problem details', async () => {
  for (const path of ['/nothing', '/api/v1', '/api/v1/nothing', '/api/v2/sessions', '/favicon.ico', '/%00']) {
    const { status, headers, body } = await get<Problem>(path);
    assert.equal(status, 404, path);
    assert.equal(headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(body, {
      type: 'urn:lucid:error:noSuchRoute',
      title: 'No such route',
      status: 404,
      detail: 'There is nothing at this path.',
      code: 'noSuchRoute',
    });
  }
  for (const [method, path, allowed] of [
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/metrics', 'GET, HEAD'],
    ['DELETE', '/api/v1/sessions', 'GET, HEAD, POST'],
    ['PATCH', '/api/v1/sessions/an-id', 'DELETE, GET, HEAD'],
    ['GET', '/api/v1/sessions/an-id/messages', 'POST'],
    ['POST', '/api/v1/chats', 'GET, HEAD'],
    ['PUT', '/api/v1/chats/an-id', 'DELETE, GET, HEAD, PATCH'],
    ['POST', '/api/v1/chats/an-id/messages', 'GET, HEAD'],
    ['PATCH', '/api/v1/files/list', 'GET, HEAD'],
    ['POST', '/api/v1/files/read', 'GET, HEAD'],
  ] as const) {
    const answer = await get<Problem>(path, { method, headers: backEndHeadersOf('ada') });
    assert.deepEqual([answer.status, answer.body.code], [405, 'wrongMethod'], `${method} ${path}`);
    assert.equal(answer.headers.get('allow')?.split(', ').sort().join(', '), allowed, path);
  }
  const notUpgraded = await get<Problem>('/api/v1/ws');
  assert.deepEqual([notUpgraded.status, notUpgraded.body.code], [426, 'upgradeRequired']);
  assert.equal(notUpgraded.headers.get('upgrade'), 'websocket');
});

test('a refused HEAD has no body, so that the next answer on its connection is understood', async () => {
  const socket = connect(engine.port, '127.0.0.1');
  socket.write(
    'HEAD /api/v1/sessions/x/messages HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
  );
  let text = '';
  while (!text.endsWith('{"status":"ok"}')) text += String(await once(socket, 'data'));
  socket.destroy();
  const [refusal = '', answer = ''] = text.split('\r\n\r\n', 2);
  assert.match(refusal, /^HTTP\/1\.1 405 .*^Allow: POST/ms);
  assert.match(answer, /^HTTP\/1\.1 200 /);
});

test('a page of an allowed origin may call and one of another may not, as the preflight says', async () => {
  const corsOf = (headers: Headers) => Object.fromEntries([...headers].filter(([name]) => /access-control/.test(name)));
  const preflight = { method: 'OPTIONS', headers: { Origin: 'http://localhost:3000' } };
  for (const path of ['/api/v1/sessions', '/api/v1/chats/an-id', '/health']) {
    const answer = await get(path, preflight);
    assert.deepEqual([answer.status, answer.text, answer.headers.get('content-length')], [204, '', null]);
    assert.equal(answer.headers.get('access-control-allow-origin'), 'http://localhost:3000');
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE'])
      assert.match(answer.headers.get('access-control-allow-methods') ?? '', new RegExp(method));
    for (const header of ['Authorization', 'Content-Type', 'Last-Event-ID', 'X-User-ID', 'X-Internal-Key'])
      assert.match(answer.headers.get('access-control-allow-headers') ?? '', new RegExp(header));
  }
  const call = (origin: string) => get('/api/v1/chats', { headers: { ...backEndHeadersOf('ada'), Origin: origin } });
  assert.deepEqual(corsOf((await call('http://localhost:3000')).headers), {
    'access-control-allow-credentials': 'true',
    'access-control-allow-origin': 'http://localhost:3000',
    'access-control-expose-headers': 'Retry-After',
  });
  for (const origin of [
    'https://evil.example',
    'http://localhost:3000.evil.example',
    'http://localhost:30000',
    'null',
  ]) {
    const answer = await call(origin);
    assert.equal(answer.status, 200);
    assert.deepEqual(corsOf(answer.headers), {}, origin);
    assert.equal(answer.headers.get('vary'), 'Origin');
  }
  const refused = await get('/api/v1/chats', { headers: { Origin: 'http://localhost:3000' } });
  assert.deepEqual(
    [refused.status, refused.headers.get('access-control-allow-origin')],
    [401, 'http://localhost:3000'],
  );
});
