// A WebSocket in bytes, for tests of frames that no ordinary client would send.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestEngine } from './engine.ts';

/** @param query with its question mark @param header a whole line more */
export async function openRawSocket({ port }: Pick<TestEngine, 'port'>, query = '', header = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET /api/v1/ws${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${header && `${header}\r\n`}\r\n`,
  );
  await once(socket, 'data');
  return socket;
}

/** The text has at most 125 bytes, and is masked with zeros, which leave it as it is. */
export const maskText = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
