// The bench's own WebSocket client and the package ws understand each other.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { CountingSocket, encodeText } from './counting-socket.ts';

/** The lengths have each of the ways in which a frame gives its length. */
const texts = [0, 1, 125, 126, 65_535].map((length) => 'x'.repeat(length));

test('frames of all lengths and close codes arrive whole in both directions', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => server.close());
  await once(server, 'listening');
  const received: string[] = [];
  const closed = Promise.withResolvers<number | undefined>();
  const { port } = server.address() as AddressInfo;
  const connected = once(server, 'connection') as Promise<[WebSocket]>;
  const socket = await CountingSocket.open({
    port,
    path: '/',
    onText: (text) => void received.push(text),
    onClose: closed.resolve,
  });
  const [peer] = await connected;
  const atPeer: string[] = [];
  const allThere = new Promise<void>((resolve) => {
    peer.on('message', (data) => atPeer.push(String(data)) === texts.length && resolve());
  });
  socket.write(Buffer.concat(texts.map(encodeText)));
  await allThere;
  const answers = [...texts, 'x'.repeat(70_000)];
  for (const text of answers) peer.send(text);
  peer.close(4008);
  assert.equal(await closed.promise, 4008);
  assert.deepEqual(atPeer, texts);
  assert.deepEqual(received, answers);
});
