// The proxy fails in each way that it promises, before a server that echoes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FaultProxy } from './fault-proxy.ts';

let server: Server;
let proxy: FaultProxy;
let heardByServer = '';

beforeEach(async () => {
  heardByServer = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heardByServer += bytes;
      socket.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await FaultProxy.start(`postgresql://ada:pw@127.0.0.1:${(server.address() as AddressInfo).port}/db`);
});

afterEach(async () => {
  await proxy?.stop();
  server?.close();
});

async function dial(): Promise<Socket> {
  const { hostname, port } = new URL(proxy.url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

async function echoed(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, 'data');
  socket.write(text);
  return String((await answer)[0]);
}

const isSilent = async (socket: Socket, text: string) =>
  (await Promise.race([echoed(socket, text), delay(100, 'nothing')])) === 'nothing';

/** `end`, or the code by which the connection fails. */
const ending = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('end', () => resolve('end'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });

test('a client gets every byte without a fault, under the same user and database', async () => {
  const socket = await dial();
  assert.equal(await echoed(socket, 'hello'), 'hello');
  assert.match(proxy.url, /^postgresql:\/\/ada:pw@127\.0\.0\.1:\d+\/db$/);
  assert.equal(proxy.connectionCount, 1);
  const closed = once(socket, 'close');
  socket.end();
  await closed;
});

test('latency delays bytes each way, in order', async () => {
  const socket = await dial();
  proxy.latencyMs = 50;
  const startedAtMs = performance.now();
  assert.equal(await echoed(socket, 'slow'), 'slow');
  assert.ok(performance.now() - startedAtMs > 75); // Timers are early by parts of a millisecond; one way would take 50 ms.
});

test('a cut ends connections, a reset breaks them, and new ones are taken', async () => {
  for (const [fault, seen] of [
    ['cut', 'end'],
    ['reset', 'ECONNRESET'],
  ] as const) {
    const socket = await dial();
    await echoed(socket, 'hello');
    const end = ending(socket);
    proxy[fault]();
    assert.equal(await end, seen);
    assert.equal(await echoed(await dial(), 'again'), 'again');
  }
});

test('a refusing proxy resets new connections too, until it is healed', async () => {
  proxy.refuse();
  await assert.rejects(
    dial().then((socket) => once(socket, 'end')),
    { code: 'ECONNRESET' },
  );
  proxy.heal();
  assert.equal(await echoed(await dial(), 'again'), 'again');
});

test('a half-open connection stays open and silent, also after the network is healed', async () => {
  const [old, fresh] = [await dial(), await dial()];
  await echoed(old, 'hello');
  proxy.silence();
  assert.ok(await isSilent(old, 'lost'));
  assert.ok(await isSilent(await dial(), 'lost too'));
  proxy.heal();
  assert.ok(await isSilent(fresh, 'still lost'));
  assert.equal(await echoed(await dial(), 'again'), 'again');
  assert.equal(heardByServer, 'helloagain');
  assert.equal(old.readyState, 'open');
});

test('paused bytes arrive later, in order', async () => {
  const socket = await dial();
  proxy.pause();
  assert.ok(await isSilent(socket, 'one '));
  const answer = once(socket, 'data');
  socket.write('two');
  proxy.resume();
  assert.match(String((await answer)[0]), /^one /);
});

test('a client loses the reply of every second matching request, which is done', async () => {
  proxy.loseReplies({ after: 'COMMIT', every: 2, ending: 'reset' });
  const socket = await dial();
  assert.equal(await echoed(socket, 'COMMIT 1'), 'COMMIT 1');
  assert.equal(await echoed(socket, 'SELECT'), 'SELECT');
  const end = ending(socket);
  socket.once('data', () => assert.fail('the reply came'));
  socket.write('COMMIT 2');
  assert.equal(await end, 'ECONNRESET');
  assert.equal(heardByServer, 'COMMIT 1SELECTCOMMIT 2');
  assert.equal(proxy.repliesLost, 1);
  assert.equal(await echoed(await dial(), 'COMMIT 3'), 'COMMIT 3');
});

test('a request inside a transaction is not counted among those that commit by themselves', async () => {
  proxy.loseReplies(
    { after: 'INSERT', isAlone: true, every: 2, ending: 'reset' },
    { after: 'COMMIT', every: 2, ending: 'reset' },
  );
  const socket = await dial();
  for (const request of ['INSERT 1', 'START TRANSACTION', 'INSERT 2', 'COMMIT 1'])
    assert.equal(await echoed(socket, request), request);
  const end = ending(socket);
  socket.write('INSERT 3');
  assert.equal(await end, 'ECONNRESET');
  const other = await dial();
  for (const request of ['START TRANSACTION', 'INSERT 4']) assert.equal(await echoed(other, request), request);
  const otherEnd = ending(other);
  other.write('COMMIT 2');
  assert.equal(await otherEnd, 'ECONNRESET');
  assert.deepEqual([proxy.repliesLostAfter('INSERT'), proxy.repliesLostAfter('COMMIT'), proxy.repliesLost], [1, 1, 2]);
  proxy.loseReplies();
  const healed = await dial();
  for (const request of ['INSERT 5', 'INSERT 6']) assert.equal(await echoed(healed, request), request);
});

test('a connection whose reply was lost can stay half-open', async () => {
  proxy.loseReplies({ after: 'COMMIT', every: 1, ending: 'silence' });
  const socket = await dial();
  assert.ok(await isSilent(socket, 'COMMIT'));
  assert.ok(await isSilent(socket, 'SELECT'));
  assert.deepEqual([heardByServer, socket.readyState], ['COMMIT', 'open']);
});
