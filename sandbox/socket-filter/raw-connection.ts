// A connection that Docker takes over from HTTP: the request's body, and then two plain streams, each of which ends by itself.
import { type ClientRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { BodyTooLong, readText } from './docker-connection.ts';

/** Likewise in the body. */
export const filterBodyBytesMax = 256 * 1024;
const filterBodyTimeoutMs = 10_000;

/** Node leaves the body of an upgrade to us: it is the first bytes of the connection. @throws what can't be one */
export async function readUpgradeBody(
  { headers }: IncomingMessage,
  line: Duplex,
  head: Buffer,
): Promise<{ body: string; rest: Buffer }> {
  if (headers['transfer-encoding'] !== undefined) throw new Error('A body without a length.');
  const length = Number(headers['content-length'] ?? 0);
  if (!Number.isSafeInteger(length) || length > filterBodyBytesMax) throw new BodyTooLong('its body is too long');
  const timer = setTimeout(() => line.destroy(), filterBodyTimeoutMs);
  let bytes = head;
  while (bytes.length < length) bytes = Buffer.concat([bytes, await readChunk(line)]);
  clearTimeout(timer);
  return { body: bytes.toString('utf8', 0, length), rest: bytes.subarray(length) };
}

/** @throws when the connection ends */
function readChunk(line: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => {
      line.pause();
      line.off('close', fail).off('end', fail);
      resolve(chunk);
    };
    const fail = () => reject(new Error('It broke off.'));
    line.once('data', take).once('close', fail).once('end', fail).resume();
  });
}

/** Once Docker has agreed; otherwise what it says instead. */
export function joinDocker(line: Duplex, sent: ClientRequest): void {
  line.once('close', () => sent.destroy());
  sent.once('error', () => line.destroy());
  sent.once('response', (answer) => {
    readText(answer, filterBodyBytesMax).then(
      (text) => endWithAnswer(line, answer.statusCode ?? 502, text),
      () => line.destroy(),
    );
  });
  sent.once('upgrade', (answer, daemon: Duplex, head: Buffer) => {
    const type = answer.headers['content-type'] ?? 'application/vnd.docker.raw-stream';
    line.write(`HTTP/1.1 101 UPGRADED\r\nContent-Type: ${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
    if (head.length > 0) daemon.unshift(head);
    daemon.on('error', () => line.destroy());
    daemon.once('close', () => line.writableEnded || line.destroy()); // What it said last may still be on its way.
    line.once('close', () => daemon.destroy());
    line.pipe(daemon).pipe(line);
  });
}

/** Answers and ends the connection. @param text JSON */
export function endWithAnswer(line: Duplex, status: number, text: string): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json`;
  line.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
}
