// A WebSocket on a bare TCP connection: as cheap as a client can be, so that the engine is the bottleneck and not the load.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const textOpcode = 1;
const closeOpcode = 8;
const twoByteLength = 126;
const eightByteLength = 127;
const maskBit = 0x80;
const finalBit = 0x80;
const endOfHeaders = '\r\n\r\n';

/**
 * A text frame as a client sends it. Its mask is zero, which leaves the text as it is.
 * @param text in Latin-1, of at most 65,535 characters
 */
export function clientFrame(text: string): Buffer {
  const isShort = text.length < twoByteLength;
  const header = isShort
    ? [finalBit | textOpcode, maskBit | text.length]
    : [finalBit | textOpcode, maskBit | twoByteLength, text.length >> 8, text.length & 0xff];
  return Buffer.concat([Buffer.from([...header, 0, 0, 0, 0]), Buffer.from(text, 'latin1')]);
}

export type Listener = {
  /** A whole text frame, read as Latin-1. */
  heard(text: string): void;
  /** @param code 1006 where the connection ended without one */
  closed(code: number): void;
};

const abnormalClose = 1006;

export class RawSocket {
  readonly #socket: Socket;
  readonly #listener: Listener;
  #rest: Buffer = Buffer.alloc(0);
  #code = abnormalClose;

  private constructor(socket: Socket, listener: Listener) {
    this.#socket = socket;
    this.#listener = listener;
  }

  /** Resolves once the server has agreed. @throws when it has not */
  static async open(url: URL, listener: Listener): Promise<RawSocket> {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, 'connect');
    const opened = new RawSocket(socket, listener);
    socket.write(upgradeOf(url));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const end = answer.indexOf(endOfHeaders);
    if (!answer.toString('latin1').startsWith('HTTP/1.1 101') || end < 0) throw new Error(`No upgrade: ${answer}`);
    socket.on('data', (chunk) => opened.#read(chunk));
    socket.on('error', () => undefined); // `close` follows.
    socket.on('close', () => listener.closed(opened.#code));
    opened.#read(answer.subarray(end + endOfHeaders.length));
    return opened;
  }

  /** @param frames whole ones of `clientFrame` */
  write(frames: Buffer): void {
    this.#socket.write(frames);
  }

  /** What was written and the kernel has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    for (let frame = frameAt(all, at); frame; frame = frameAt(all, at)) {
      if (frame.opcode === textOpcode) this.#listener.heard(all.toString('latin1', frame.from, frame.to));
      if (frame.opcode === closeOpcode) this.#code = all.readUInt16BE(frame.from);
      at = frame.to;
    }
    this.#rest = all.subarray(at);
  }
}

type Frame = { opcode: number; from: number; to: number };

/** @returns where the payload of the frame at `at` is; undefined where it isn't all there yet */
function frameAt(bytes: Buffer, at: number): Frame | undefined {
  const [first = 0, second = 0] = [bytes[at], bytes[at + 1]];
  const lengthBytes = second === eightByteLength ? 8 : second === twoByteLength ? 2 : 0;
  const from = at + 2 + lengthBytes;
  if (bytes.length < from) return undefined;
  const length =
    lengthBytes === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : lengthBytes === 2 ? bytes.readUInt16BE(at + 2) : second;
  return bytes.length < from + length ? undefined : { opcode: first & 0x0f, from, to: from + length };
}

const upgradeOf = ({ host, pathname, search }: URL): string =>
  [
    `GET ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '',
    '',
  ].join('\r\n');
