// A client of server-sent events for tests: keeps every event, and waits for the ones that matter.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Frame } from './client.ts';

export type StreamEvent = { name: string; id: string | undefined; data: string };

const waitMsMax = 60_000;
const pauseMs = 5;

export class TestStream {
  readonly answer: IncomingMessage;
  readonly events: StreamEvent[] = [];
  /** All that came, comments too. */
  text = '';
  /** Of the last `retry:`. */
  retryMs: number | undefined;
  /** Resolves with whether the answer was whole. */
  readonly ended: Promise<boolean>;
  #rest = '';
  readonly #charsMax: number;

  /** @param charsMax after how much of the answer the connection is cut */
  constructor(answer: IncomingMessage, charsMax = Number.POSITIVE_INFINITY) {
    this.answer = answer;
    this.#charsMax = charsMax;
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => this.#receive(text));
    answer.on('error', () => undefined);
    this.ended = new Promise((resolve) => answer.on('close', () => resolve(answer.complete)));
  }

  static async open(url: string, headers: Record<string, string>, charsMax?: number): Promise<TestStream> {
    const asked = request(url, { headers: { Accept: 'text/event-stream', ...headers }, agent: false });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return new TestStream(answer, charsMax);
  }

  get status(): number {
    return this.answer.statusCode ?? 0;
  }

  get frames(): Frame[] {
    return this.events.filter(({ name }) => name !== 'end').map(({ data }) => JSON.parse(data) as Frame);
  }

  /** The frames of stored events, in the order they came. */
  get stored(): Frame[] {
    return this.events.filter(({ id }) => id !== undefined).map(({ data }) => JSON.parse(data) as Frame);
  }

  /** The frame `attached`, before which transient frames may have come. */
  get attached(): Frame | undefined {
    return this.frames.find(({ type }) => type === 'attached');
  }

  /** As an EventSource would name its position. */
  get lastEventId(): string {
    return this.events.findLast(({ id }) => id !== undefined)?.id ?? '';
  }

  async waitFor(what: string, matches: (frame: Frame) => boolean): Promise<Frame> {
    for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += pauseMs) {
      const found = this.frames.find(matches);
      if (found) return found;
      await delay(pauseMs);
    }
    throw new Error(`No ${what} in ${waitMsMax} ms, but ${this.text.slice(-2_000)}`);
  }

  waitForStatus(status: string): Promise<Frame> {
    return this.waitFor(`status ${status}`, (frame) => frame.status === status);
  }

  /** Cuts the connection, and what is on its way. */
  cut(): void {
    this.answer.destroy();
  }

  #receive(text: string): void {
    const taken = text.slice(0, this.#charsMax - this.text.length);
    this.text += taken;
    if (this.text.length === this.#charsMax) this.cut();
    const blocks = (this.#rest + taken).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#receiveBlock(block);
  }

  #receiveBlock(block: string): void {
    const fields = new Map(block.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^\w*: ?/, '')]));
    const [retry, data] = [fields.get('retry'), fields.get('data')];
    if (retry !== undefined) this.retryMs = Number(retry);
    if (data !== undefined) this.events.push({ name: fields.get('event') ?? 'message', id: fields.get('id'), data });
  }
}
