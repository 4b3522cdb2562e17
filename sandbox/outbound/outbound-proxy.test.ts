// Confined sandboxes reach the public internet and the git proxy through the outbound proxy, and nothing of the machine.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, connect as tcpConnect } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { OutboundProxy } from './outbound-proxy.ts';

let folder: string;
let strict: OutboundProxy;
let open: OutboundProxy;
const asked: string[] = [];
const service = createServer((message, response) => {
  asked.push(`${message.method} ${message.url} ${message.headers.host}`);
  message.on('data', (chunk) => response.write(chunk)).on('end', () => response.end('of the service'));
});
const gitProxy = createServer((_, response) => response.end('of the git proxy'));
const echo = createTcpServer((socket) => socket.pipe(socket));
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
const socketOf = (name: string) => path.join(folder, name);

before(async () => {
  folder = await mkdtemp('/tmp/lucid-proxy-');
  await once(service.listen(0, '127.0.0.1'), 'listening');
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  await once(gitProxy.listen(socketOf('git-proxy')), 'listening');
  const sockets = new Map([['git.test', socketOf('git-proxy')]]);
  const openedHosts = [{ host: '127.0.0.0/8', port: undefined }];
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  strict = await OutboundProxy.open({ socketPath: socketOf('strict'), sockets, resolve });
  open = await OutboundProxy.open({ socketPath: socketOf('open'), sockets, resolve, openedHosts });
});
after(async () => {
  await strict?.close();
  await open?.close();
  service.close();
  gitProxy.close();
  echo.close();
  await rm(folder, { recursive: true });
});

async function ask(proxy: string, url: string, body = ''): Promise<string> {
  const method = body ? 'POST' : 'GET';
  const asking = request({ socketPath: socketOf(proxy), path: url, method, headers: { host: 'ignored' } }).end(body);
  const [answer] = await once(asking, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return `${answer.statusCode} ${text}`;
}

/** @returns the first line of the answer, and what comes back for `ping` */
async function openTunnel(proxy: string, authority: string): Promise<string> {
  const socket = tcpConnect(socketOf(proxy));
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const [head] = await once(socket, 'data');
  const line = head.toString().split('\r\n')[0];
  if (!line.includes(' 200 ')) return line;
  socket.write('ping');
  const [back] = await once(socket, 'data');
  socket.destroy();
  return `${line} ${back}`;
}

const addresses = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0.0.0.0',
  '[::1]',
  '[::ffff:127.0.0.1]',
];

test("the machine's addresses are refused in any spelling, and under any name that leads to them", async () => {
  for (const host of [...addresses, '10.0.0.1', '192.168.1.1', '169.254.169.254', 'localhost', 'evil.example']) {
    assert.match(await ask('strict', `http://${host}:${portOf(service)}/`), /^403 .*not of the public internet/, host);
    assert.match(await openTunnel('strict', `${host}:${portOf(service)}`), /^HTTP\/1\.1 403 /, host);
  }
  assert.deepEqual(asked, []);
});

test('a plain request passes as it was sent, and a tunnel passes its bytes unchanged', async () => {
  const port = portOf(service);
  assert.equal(await ask('open', `http://a.example:${port}/x/../y?z=%2F`), '200 of the service');
  assert.equal(await ask('open', `http://a.example:${port}`, 'body'), '200 bodyof the service');
  assert.deepEqual(asked, [`GET /x/../y?z=%2F a.example:${port}`, `POST / a.example:${port}`]);
  assert.match(await openTunnel('open', `a.example:${portOf(echo)}`), / 200 Connection established ping$/);
});

test('a server that switches to another protocol is no answer, and says so', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  assert.match(await ask('open', `http://a.example:${portOf(server)}/`), /^502 .*no answer/);
  server.close();
});

test('the git proxy is reached by its name, only over http at the usual port', async () => {
  assert.equal(await ask('strict', 'http://git.test/any'), '200 of the git proxy');
  assert.match(await ask('open', 'http://git.test:81/any'), /^403 /);
  assert.match(await openTunnel('open', 'git.test:443'), /403/);
});

test('a host that the operator opens by name is reached at its port only, whatever its address', async () => {
  const openedHosts = [{ host: 'localhost', port: portOf(echo) }];
  const named = await OutboundProxy.open({ socketPath: socketOf('named'), sockets: new Map(), openedHosts });
  try {
    assert.match(await openTunnel('named', `localhost:${portOf(echo)}`), / 200 Connection established ping$/);
    assert.match(await openTunnel('named', `127.0.0.1:${portOf(echo)}`), / 403 /);
    assert.match(await openTunnel('named', `localhost:${portOf(service)}`), / (403|502) /);
  } finally {
    await named.close();
  }
});

test('a request that is not for a proxy is refused with the reason', async () => {
  for (const url of ['/', 'https://a.example/', 'ftp://a.example/'])
    assert.match(await ask('open', url), /^400 This is a/);
  for (const authority of ['a.example', 'a.example:', ':443', 'a b:1'])
    assert.match(await openTunnel('open', authority), / 40[03] /);
  const closed = portOf(service) + 1 === portOf(echo) ? 1 : 9;
  assert.match(await openTunnel('open', `a.example:${closed}`), / 502 /);
});
