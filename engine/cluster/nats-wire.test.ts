// What waits for a server's answer ends with the connection, whatever the client makes of that.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { waitUntil } from '../testing/rest.ts';
import { createNatsWire } from './nats-wire.ts';

const info = JSON.stringify({ server_id: 's', version: '2.14.0', proto: 1, headers: true, max_payload: 1_048_576 });

/** A server that answers the ping with which a client connects, and none after it. */
async function startMute(t: TestContext): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let isConnected = false;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (isConnected || !bytes.includes('PING')) return;
      isConnected = true;
      socket.write('PONG\r\n');
    });
    socket.write(`INFO ${info}\r\n`);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('who waits for the server waits no longer once the connection is gone', { timeout: 60_000 }, async (t) => {
  const wire = createNatsWire({ urls: [await startMute(t)], name: 'a' }, () => undefined);
  t.after(() => wire.close());
  wire.open();
  await waitUntil(() => wire.isUp);
  let isOver = false;
  const flushing = assert.rejects(wire.flush()).finally(() => {
    isOver = true;
  });
  await new Promise(setImmediate);
  assert.equal(isOver, false);
  await wire.close();
  await flushing;
});
