// A WebSocket client for tests: keeps every frame, and waits for the ones that matter.
import { WebSocket } from 'ws';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import type { ClientFrame } from '../../schema/protocol/client-frames/client-frames.ts';
import type { AnyServerFrame } from '../../schema/protocol/server-frames/server-frames.ts';

/** A frame of which tests may read any field, whatever its type. */
export type Frame = AnyServerFrame;

type ConnectOptions = ConstructorParameters<typeof WebSocket>[2] & {
  /** Whether the client speaks the reference's protocol with the additions that its URL names; otherwise it gets all. */
  isPlain?: boolean;
};

type Waiter = { matches(frame: Frame): boolean; resolve(frame: Frame): void };

const framesShownMax = 30;
const waitMsMax = 60_000;

export class TestClient {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  #waiters: Waiter[] = [];

  constructor(url: string, { isPlain = false, ...options }: ConnectOptions = {}) {
    this.socket = new WebSocket(url, isPlain ? [] : [everythingSubprotocol], options);
    this.socket.on('message', (data) => this.#receive(JSON.parse(String(data)) as Frame));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
  }

  static async open(url: string, options?: ConnectOptions): Promise<TestClient> {
    const client = new TestClient(url, options);
    await new Promise<void>((resolve, reject) => {
      client.socket.once('open', () => resolve());
      client.socket.once('error', reject);
    });
    return client;
  }

  /** Opens a socket and starts a session with a task; resolves with its first frame. */
  static async start(url: string, token: string, task: string, more: object = {}): Promise<TestClient> {
    const client = await TestClient.open(`${url}?token=${token}`);
    client.send({ task, ...more });
    await client.waitForStatus('initializing');
    return client;
  }

  get sessionId(): string {
    const sessionId = this.frames.find((frame) => frame.sessionId !== undefined)?.sessionId;
    if (sessionId === undefined) throw new Error('No frame has named the session yet.');
    return sessionId;
  }

  /** The frames of stored events, in the order in which they came. */
  get events(): Frame[] {
    return this.frames.filter((frame) => frame.sequence !== undefined && frame.type !== 'attached');
  }

  send(frame: ClientFrame): void {
    this.sendRaw(frame);
  }

  /** The message may be one that no client should send. */
  sendRaw(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** @returns the first frame that matches, of those that came and those to come */
  waitFor(what: string, matches: (frame: Frame) => boolean, afterSequence = 0): Promise<Frame> {
    const matchesAfter = (frame: Frame) =>
      matches(frame) && (afterSequence === 0 || (frame.sequence ?? 0) > afterSequence);
    const known = this.frames.find(matchesAfter);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(
              `No ${what} in ${waitMsMax} ms, but lastly ${this.frames.slice(-framesShownMax).map(describeFrame).join(', ')}`,
            ),
          ),
        waitMsMax,
      );
      this.#waiters.push({
        matches: matchesAfter,
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
      });
    });
  }

  waitForStatus(status: string, afterSequence = 0): Promise<Frame> {
    return this.waitFor(
      `status ${status}`,
      (frame) => frame.type === 'status' && frame.status === status,
      afterSequence,
    );
  }

  waitForType(type: string): Promise<Frame> {
    return this.waitFor(type, (frame) => frame.type === type);
  }

  close(): Promise<number> {
    this.socket.close();
    return this.closed;
  }

  #receive(frame: Frame): void {
    this.frames.push(frame);
    const due = this.#waiters.filter((waiter) => waiter.matches(frame));
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.resolve(frame);
  }
}

const describeFrame = (frame: Frame) => `${frame.type}:${frame.status ?? frame.eventType ?? frame.code ?? ''}`;
