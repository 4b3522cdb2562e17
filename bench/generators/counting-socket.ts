// A WebSocket client that costs next to nothing, since it counts frames without reading them unless it is asked to.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

export type CountingSocketOptions = {
  host?: string;
  port: number;
  isSecure?: boolean;
  /** The address of this machine that the socket uses. */
  localAddress?: string;
  /** The path with its query. */
  path: string;
  /** Subprotocols of which the server may choose one; none by default. */
  protocol?: string;
  /** Gets each text; without it frames are only counted. */
  onText?(text: string): void;
  onClose?(code: number | undefined): void;
};

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;
const headersEnd = '\r\n\r\n';
const nothing = Buffer.alloc(0);

export class CountingSocket {
  readonly #socket: Socket;
  readonly #options: CountingSocketOptions;
  /** The beginning of a frame whose rest hasn't come. */
  #begun: Buffer = nothing;
  /** Bytes of a counted frame that are still to come. */
  #skippedBytes = 0;
  #texts = 0;
  #closeCode: number | undefined;

  private constructor(socket: Socket, options: CountingSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', () => undefined); // The event 'close' follows.
    socket.once('close', () => options.onClose?.(this.#closeCode));
  }

  /** @throws Error where the server refuses the upgrade or the connection */
  static async open(options: CountingSocketOptions): Promise<CountingSocket> {
    const { host = '127.0.0.1', port, path, protocol, isSecure = false, localAddress } = options;
    const where = { host, port, noDelay: true, ...(localAddress !== undefined && { localAddress }) };
    const socket = isSecure ? connectSecurely({ ...where, servername: host }) : connect(where);
    await once(socket, isSecure ? 'secureConnect' : 'connect');
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        (protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`) +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13${headersEnd}`,
    );
    socket.unshift(await readPastHeaders(socket)); // The bytes are read once the caller has its socket.
    return new CountingSocket(socket, options);
  }

  get texts(): number {
    return this.#texts;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === 'open';
  }

  send(text: string): void {
    this.write(encodeText(text));
  }

  /** @param frames whole ones of `encodeText` */
  write(frames: Buffer): void {
    this.#socket.write(frames);
  }

  /** Closes without a close frame, for servers that aren't measured any more. */
  cut(): void {
    this.#socket.destroy();
  }

  /** Resolves once the server has closed too. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = once(this.#socket, 'close');
    this.write(encodeFrame(opcodes.close, Buffer.from([0x03, 0xe8]))); // The code is 1000.
    await closed;
  }

  #receive(bytes: Buffer): void {
    let data = this.#begun.length > 0 ? Buffer.concat([this.#begun, bytes]) : bytes;
    this.#begun = nothing;
    if (this.#skippedBytes > 0) {
      const skipped = Math.min(this.#skippedBytes, data.length);
      this.#skippedBytes -= skipped;
      data = data.subarray(skipped);
    }
    let at = 0;
    while (at < data.length) {
      const frame = readHeaderAt(data, at);
      const isWhole = frame !== undefined && frame.end <= data.length;
      if (frame && this.#isOnlyCounted(frame.opcode)) {
        this.#texts++;
        this.#skippedBytes = Math.max(0, frame.end - data.length);
      } else if (frame && isWhole) this.#receiveFrame(frame.opcode, data.subarray(frame.start, frame.end));
      else {
        this.#begun = Buffer.from(data.subarray(at)); // A copy lets the chunk be freed.
        return;
      }
      at = frame.end;
    }
  }

  #isOnlyCounted(opcode: number): boolean {
    return opcode === opcodes.text && !this.#options.onText;
  }

  #receiveFrame(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.ping) return this.write(encodeFrame(opcodes.pong, payload));
    if (opcode === opcodes.close) {
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : undefined;
      this.#socket.end();
    }
    if (opcode !== opcodes.text) return;
    this.#texts++;
    this.#options.onText?.(payload.toString());
  }
}

export const encodeText = (text: string): Buffer => encodeFrame(opcodes.text, Buffer.from(text));

/** The payload has at most 65,535 bytes, and is masked with zeros, which leave it as it is. */
function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const isShort = length < 126;
  const header = Buffer.alloc(isShort ? 6 : 8);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (isShort ? length : 126);
  if (!isShort) header.writeUInt16BE(length, 2);
  return Buffer.concat([header, payload]);
}

/** Servers neither split nor mask frames. */
function readHeaderAt(data: Buffer, at: number): { opcode: number; start: number; end: number } | undefined {
  const [first, second] = [data[at], data[at + 1]];
  if (first === undefined || second === undefined) return undefined;
  const opcode = first & 0x0f;
  const short = second & 0x7f;
  if (short < 126) return { opcode, start: at + 2, end: at + 2 + short };
  const start = at + (short === 126 ? 4 : 10);
  if (data.length < start) return undefined;
  const length = short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
  return { opcode, start, end: start + length };
}

/** @returns the bytes after the headers of the answer */
async function readPastHeaders(socket: Socket): Promise<Buffer> {
  let answer: Buffer = nothing;
  const gone = once(socket, 'close').then(() => {
    throw new Error('The connection was closed before it was upgraded.');
  });
  for (;;) {
    const [bytes] = (await Promise.race([once(socket, 'data'), gone])) as [Buffer];
    answer = Buffer.concat([answer, bytes]);
    const end = answer.indexOf(headersEnd);
    if (end < 0) continue;
    const [status = ''] = answer.toString('latin1', 0, end).split('\r\n');
    if (!/^HTTP\/1\.1 101 /.test(status)) {
      socket.destroy();
      throw new Error(`The upgrade was answered with "${status}".`);
    }
    return answer.subarray(end + headersEnd.length);
  }
}
