// One client of the pump: its session, the commands it has sent, and a count of what came back.
import { everythingSubprotocol } from '../../../schema/protocol/additions.ts';
import { CountingSocket, encodeText } from '../../generators/counting-socket.ts';
import { readFrame } from '../../generators/received-frame.ts';

const contentChars = 80;
const numberChars = 7;
/** The code of a connection that ended without a close frame. */
const abnormalClose = 1006;

export class PumpClient {
  readonly #name: string;
  #socket: CountingSocket | undefined;
  #position = 0;
  #started: () => void = () => undefined;
  sent = 0;
  refused = 0;
  /** Events that didn't follow the one before. */
  holes = 0;
  /** Ids of commands in the order of their acknowledgements. */
  readonly acknowledged: string[] = [];
  readonly refusals = new Map<string, number>();
  closedWith: number | undefined;

  private constructor(name: string) {
    this.#name = name;
  }

  /** Resolves once the session has begun. */
  static async open(url: URL, name: string): Promise<PumpClient> {
    const client = new PumpClient(name);
    const started = new Promise<void>((resolve) => {
      client.#started = resolve;
    });
    client.#socket = await CountingSocket.open({
      host: url.hostname,
      port: Number(url.port),
      path: `${url.pathname}${url.search}`,
      protocol: everythingSubprotocol,
      onText: (text) => client.#takeText(text),
      onClose: (code = abnormalClose) => {
        client.closedWith = code;
      },
    });
    client.#socket.send(JSON.stringify({ task: `Task of ${name}`, id: `${name}-task` }));
    await started;
    client.acknowledged.length = 0;
    return client;
  }

  /** No more are sent than may be unanswered, and none on a closed connection. */
  send(count: number, unansweredMax: number): void {
    if (this.closedWith !== undefined) return;
    const unanswered = this.sent - this.acknowledged.length - this.refused;
    const frames: Buffer[] = [];
    for (let left = Math.min(count, unansweredMax - unanswered); left > 0; left--) frames.push(this.#nextFrame());
    if (frames.length > 0) this.#socket?.write(Buffer.concat(frames));
  }

  leave(): void {
    this.#socket?.cut();
  }

  #nextFrame(): Buffer {
    const id = `${this.#name}-${String(++this.sent).padStart(numberChars, '0')}`;
    return encodeText(`{"type":"message","id":"${id}","content":"${`Command ${id} `.padEnd(contentChars, '.')}"}`);
  }

  #takeText(text: string): void {
    const position = /"sequence":(\d+)/.exec(text)?.[1];
    if (position !== undefined) this.#follow(Number(position));
    if (text.startsWith('{"type":"ack"')) this.#acknowledge(readFrame(text).id ?? '');
    else if (text.startsWith('{"type":"error"')) this.#refuse(readFrame(text).code ?? '');
  }

  #follow(position: number): void {
    if (position !== this.#position + 1) this.holes++;
    this.#position = position;
  }

  #acknowledge(id: string): void {
    this.acknowledged.push(id);
    this.#started();
  }

  #refuse(code: string): void {
    this.refused++;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
