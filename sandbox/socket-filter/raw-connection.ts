// Connections that Docker takes over from HTTP: the request's body, and then two plain streams, each of which ends by itself.
import { type ClientRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { BodyTooLong, readText } from './docker-connection.ts';

/** The largest body of the engine's is a container's options, with the firewall's rules in them. */
export const filterBodyBytesMax = 256 * 1024;
const filterBodyTimeoutMs = 10_000;

/** Node doesn't read the body of an upgrade: it is the first bytes of the connection. @throws where it is no valid body */
export async function readUpgradeBody(
  { headers }: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<{ body: string; rest: Buffer }> {
  if (headers['transfer-encoding'] !== undefined) throw new Error('A body without a length.');
  const length = Number(headers['content-length'] ?? 0);
  if (!Number.isSafeInteger(length) || length > filterBodyBytesMax) throw new BodyTooLong('its body is too long');
  const timer = setTimeout(() => client.destroy(), filterBodyTimeoutMs);
  let bytes = head;
  while (bytes.length < length) bytes = Buffer.concat([bytes, await readChunk(client)]);
  clearTimeout(timer);
  return { body: bytes.toString('utf8', 0, length), rest: bytes.subarray(length) };
}

/** @throws when the connection ends */
function readChunk(client: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => {
      client.pause();
      client.off('close', fail).off('end', fail);
      resolve(chunk);
    };
    const fail = () => reject(new Error('It broke off.'));
    client.once('data', take).once('close', fail).once('end', fail).resume();
  });
}

/** Joins client and Docker once Docker has agreed; otherwise passes on its refusal. */
export function joinDocker(client: Duplex, sent: ClientRequest): void {
  client.once('close', () => sent.destroy());
  sent.once('error', () => client.destroy());
  sent.once('response', (answer) => {
    readText(answer, filterBodyBytesMax).then(
      (text) => endWithAnswer(client, answer.statusCode ?? 502, text),
      () => client.destroy(),
    );
  });
  sent.once('upgrade', (answer, daemon: Duplex, head: Buffer) => {
    const type = answer.headers['content-type'] ?? 'application/vnd.docker.raw-stream';
    client.write(`HTTP/1.1 101 UPGRADED\r\nContent-Type: ${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
    if (head.length > 0) daemon.unshift(head);
    daemon.on('error', () => client.destroy());
    daemon.once('close', () => client.writableEnded || client.destroy()); // Docker's last bytes may still be on their way.
    client.once('close', () => daemon.destroy());
    client.pipe(daemon).pipe(client);
  });
}

/** Answers and ends the connection. @param text JSON */
export function endWithAnswer(client: Duplex, status: number, text: string): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json`;
  client.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
}
