// A session's servers over streamable HTTP: asked under the engine's rules about addresses, bounded, and never trusted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { waitUntilHolds } from '../../sandbox/testing/wait-until.ts';
import type { McpServer, McpServerSecrets, OperatorMcpServer } from '../../schema/mcp.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import type { ToolEvent, ToolRun } from '../tools/tool.ts';
import { makeToolSet } from '../tools/tool-set.ts';
import type { McpServers } from './mcp-servers.ts';
import { openServers } from './open-servers.ts';
import { answerJson, type HttpServer, listen, listenHostile, listenProbe } from './testing/http-servers.ts';

type Opening = { allowed?: string[]; secrets?: McpServerSecrets; operators?: OperatorMcpServer[] };

function open(given: McpServer[], { allowed = [], secrets, operators = [] }: Opening = {}): McpServers {
  return openServers({
    config: { mcp: { servers: operators, allowedHosts: new Set(allowed) } },
    given,
    getSecrets: () => secrets,
    getFolder: ({ root }) => root,
    now: Date.now,
    onChanged: () => undefined,
  });
}

const at = (url: string, more: Partial<Extract<McpServer, { url: string }>> = {}): McpServer => ({
  name: 'web',
  url,
  headerNames: [],
  hasSecretUrl: false,
  ...more,
});

const sandbox = new MemorySandbox();

const prepare = (servers: McpServers) => servers.prepareTurn(sandbox, new AbortController().signal);

async function call(servers: McpServers, name: string, input = {}, more: Partial<ToolRun> = {}): Promise<ToolEvent> {
  const { run } = prepareCall({ id: 'call-1', name, input }, makeToolSet({ served: servers.served }));
  const signal = new AbortController().signal;
  const observed = await run?.({ sandbox, signal, commandTimeoutMs: 20_000, ...more } as ToolRun);
  assert.ok(observed);
  return observed;
}

/** One call of the tool of a server, whatever it does. */
async function callHostile(server: HttpServer, more: Partial<ToolRun> = {}): Promise<ToolEvent> {
  const servers = open([at(server.url)], { allowed: [server.host] });
  assert.deepEqual(await prepare(servers), []);
  const observed = await call(servers, 'web__act', {}, more);
  servers.close();
  await server.close();
  return observed;
}

for (const isJson of [true, false])
  test(`a server that answers with ${isJson ? 'JSON' : 'events'} is asked with its headers and closed with the session`, async () => {
    const server = await listenProbe(isJson);
    const secrets = { values: { Authorization: 'Bearer of-the-user' } };
    const servers = open([at(server.url, { headerNames: ['Authorization'] })], { allowed: [server.host], secrets });
    const notices = await prepare(servers);
    assert.match(notices.join(), /^The MCP server web says of itself/);
    assert.equal((await call(servers, 'web__echo', { text: 'it' })).content, 'heard it');
    assert.equal((await call(servers, 'web__secret')).content, 'token=Bearer of-the-user');
    assert.equal((await call(servers, 'web__fail')).eventType, 'ErrorObservation');
    assert.equal(servers.statuses[0]?.state, 'ready');
    servers.close();
    await waitUntilHolds(() => assert.equal(server.requests.at(-1)?.method, 'DELETE'));
    assert.ok(server.requests.every(({ headers }) => headers.authorization === 'Bearer of-the-user'));
    await server.close();
  });

test('addresses of this machine and of private networks are refused unless the operator opens them', async () => {
  const server = await listenProbe(true);
  for (const url of [server.url, 'http://10.0.0.1/mcp', 'http://169.254.169.254/mcp', 'http://[::1]:1/mcp']) {
    const servers = open([at(url)], { allowed: ['mcp.lan:80'] });
    assert.match(
      (await prepare(servers)).join(),
      /^The MCP server web is not there\. .* not of the public internet\.$/,
    );
    servers.close();
  }
  assert.deepEqual(server.requests, []);
  await server.close();
});

test('the operator’s own server may be private, and its word that a tool only reads counts where it is trusted', async () => {
  const server = await listenProbe(true);
  for (const isTrusted of [true, false]) {
    const operators = [{ server: at(server.url), secrets: { values: {} }, isTrusted }];
    const servers = open([at('http://127.0.0.1:9/mcp', { name: 'own' })], { operators });
    await prepare(servers);
    const { find } = makeToolSet({ served: servers.served });
    assert.deepEqual(
      ['web__echo', 'web__bash', 'own__x'].map((name) => find(name)?.isReadOnly),
      [isTrusted, false, false],
    );
    assert.equal(find('web__bash')?.changesFiles, false);
    assert.deepEqual(
      servers.statuses.map(({ state }) => state),
      ['ready', 'failed'],
    );
    servers.close();
  }
  await server.close();
});

test('a redirect is followed within its origin, and nowhere else', async () => {
  const other = await listenProbe(true);
  const server = await listen((_, response) => void response.writeHead(307, { location: other.url }).end());
  const servers = open([at(server.url)], { allowed: [server.host, other.host] });
  assert.match((await prepare(servers)).join(), /^The MCP server web is not there\. .*redirect/);
  assert.deepEqual(other.requests, []);
  servers.close();
  await Promise.all([server.close(), other.close()]);
});

test('secrets that are gone keep the server away until they are given again', async () => {
  const servers = open([at('https://mcp.example.com', { hasSecretUrl: true })]);
  assert.deepEqual(await prepare(servers), [
    'The MCP server web is not there. Its secrets were in memory only and are gone; attach to the session with mcpServers again.',
  ]);
  servers.close();
});

const megabyte = 'A'.repeat(1024 * 1024);

test('an image of 50 MB is refused while it is read', async () => {
  let written = 0;
  const server = await listenHostile(({ id }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"image","mimeType":"image/png","data":"`);
    const writeMore = () => {
      while (written < 50 && !response.destroyed) {
        written++;
        if (!response.write(megabyte)) return void response.once('drain', writeMore);
      }
      response.end('"}]}}');
    };
    writeMore();
  });
  const { eventType, content } = await callHostile(server);
  assert.equal(eventType, 'ErrorObservation');
  assert.match(content, /It sent a message of more than 6291456 bytes/);
  assert.ok(written < 50, `${written} MB were sent`);
});

test('a stream of events without an end is cut off', async () => {
  const server = await listenHostile((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const event = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: {} })}\n\n`;
    const timer = setInterval(() => response.write(event.repeat(500)), 1);
    response.once('close', () => clearInterval(timer));
  });
  assert.match((await callHostile(server)).content, /It sent more than \d+ (?:messages|bytes) at once/);
});

test('answers that are none cost their call alone, at once', async () => {
  const deeds: [string, Parameters<typeof listenHostile>[0]][] = [
    ['closes', (_, response) => void response.destroy()],
    ['ends', (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end()],
    ['errors', (_, response) => void response.writeHead(500).end('x'.repeat(100_000))],
    ['html', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    ['half', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc"')],
    ['other', ({ id }, response) => answerJson(response, { jsonrpc: '2.0', id: id + 1, result: { content: [] } })],
    ['wants', (_, response) => void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()],
    ['switches', (_, response) => void response.writeHead(304).end()],
  ];
  for (const [deed, act] of deeds) {
    const { eventType, content } = await callHostile(await listenHostile(act));
    assert.equal(eventType, 'ErrorObservation', deed);
    assert.match(content, /^The MCP server web gave no result\. ./, deed);
    assert.ok(content.length < 800, deed);
  }
});

test('a server that says nothing is interrupted, or given up after the time of the call', async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  const silent = () => listenHostile(() => undefined);
  assert.equal((await callHostile(await silent(), { signal: abort.signal })).content, 'The call was interrupted.');
  assert.match((await callHostile(await silent(), { commandTimeoutMs: 200 })).content, /gave no result/);
});

test('a server that wants its standing stream opened again and again is asked a few times', async () => {
  let streams = 0;
  const server = await listenHostile(
    ({ id }, response) => answerJson(response, { jsonrpc: '2.0', id, result: { content: [] } }),
    (_, response) => {
      streams++;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 0\nid: 1\ndata:\n\n');
    },
  );
  const servers = open([at(server.url)], { allowed: [server.host] });
  await prepare(servers);
  await waitUntilHolds(() => assert.ok(streams > 1));
  await delay(400);
  assert.equal((await call(servers, 'web__act')).eventType, 'McpObservation');
  assert.ok(streams <= 4, `${streams} streams`);
  servers.close();
  await server.close();
});

test('a server that asks without end while it is called is cut off, and only a few of its questions are answered', async () => {
  const server = await listenHostile(({ id }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const pings = Array.from({ length: 4_000 }, (_, at) =>
      JSON.stringify({ jsonrpc: '2.0', id: `p${at}`, method: 'ping' }),
    );
    response.write(pings.map((ping) => `data: ${ping}\n\n`).join(''));
    response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } })}\n\n`);
  });
  const observed = await callHostile(server);
  assert.equal(observed.eventType, 'ErrorObservation');
  assert.match(observed.content, /asks the engine for too much at once/);
  assert.ok(server.requests.length < 40, String(server.requests.length));
});
