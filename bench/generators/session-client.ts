// One client of the engine: starts a session, checks the order of its events, and waits for the end of the turn.
import { WebSocket } from 'ws';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { signToken } from '../../schema/rules/development-token.ts';
import { type ReceivedFrame, readFrame } from './received-frame.ts';

/** An engine's port, and the secret of its tokens. */
export type Target = { port: number; secret: string };

export type Completion = { events: number; latencyMs: number };

export type SessionClientOptions = {
  firstMessage?: object;
  /** Gets each event, in order. */
  onEvent?(frame: ReceivedFrame): void;
};

const helloWorld = { task: 'Write hello world' };
const completedWithinMs = 60_000;
const normalClose = 1000;

/** @returns a token for each user, as the front end signs it */
export function signTokens({ secret }: Pick<Target, 'secret'>, users: number): Promise<string[]> {
  return Promise.all(Array.from({ length: users }, (_, user) => signToken({ userId: `bench-${user}` }, secret)));
}

export class SessionClient {
  /** Resolves at the status `completed`; rejects at a gap, an error or a close. */
  readonly completed: Promise<Completion>;
  readonly closed: Promise<void>;
  #socket: WebSocket;
  readonly #url: string;
  readonly #deadline: NodeJS.Timeout;
  readonly #options: SessionClientOptions;
  #events = 0;
  #status: string | undefined;
  #sessionId: string | undefined;
  #epoch: number | undefined;
  #sentAtMs = 0;
  #complete: (completion: Completion) => void = () => undefined;
  #fail: (problem: Error) => void = () => undefined;
  #close: () => void = () => undefined;

  constructor(target: Target, token: string, options: SessionClientOptions = {}) {
    this.#options = options;
    this.#url = `ws://127.0.0.1:${target.port}/api/v1/ws?token=${token}`;
    this.completed = new Promise((resolve, reject) => {
      this.#complete = resolve;
      this.#fail = reject;
    });
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    this.#deadline = setTimeout(() => this.#breakOff(`not completed in ${completedWithinMs} ms`), completedWithinMs);
    this.#socket = this.#connect();
  }

  #connect(): WebSocket {
    // The client neither compresses nor checks UTF-8, which leaves the processor to the engine.
    const options = { perMessageDeflate: false, skipUTF8Validation: true };
    const socket = new WebSocket(this.#url, everythingSubprotocol, options);
    socket.on('open', () => this.#sendFirst());
    socket.on('message', (data) => this.#takeFrame(readFrame(String(data))));
    socket.on('error', (error) => this.#breakOff(error.message));
    socket.on('close', (code) => {
      this.#breakOff(`closed with ${code}`);
      this.#close();
    });
    return socket;
  }

  /** A refused client tries again after the engine's `retryAfterMs` and a random time, as every client should. */
  #reconnectLater(afterMs: number): void {
    this.#socket.removeAllListeners();
    this.#socket.on('error', () => undefined);
    this.#socket.terminate();
    setTimeout(
      () => {
        this.#socket = this.#connect();
      },
      afterMs * (1 + Math.random()),
    );
  }

  /** The events so far, which are the frames with a sequence. */
  get events(): number {
    return this.#events;
  }

  /** The query by which a client comes back. */
  get position(): string {
    return `session_id=${this.#sessionId}&epoch=${this.#epoch}&last_sequence=${this.#events}`;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  close(): Promise<void> {
    this.#socket.close(normalClose);
    return this.closed;
  }

  /** The session's sandbox is released once this resolves. */
  async stop(): Promise<void> {
    this.#socket.send(JSON.stringify({ type: 'stop' }));
    await this.closed;
    if (this.#status !== 'stopped') throw new Error(`The session was closed as ${this.#status}, not as stopped.`);
  }

  #sendFirst(): void {
    this.#sentAtMs ||= performance.now(); // A refused client has waited since its first try.
    this.#socket.send(JSON.stringify(this.#options.firstMessage ?? helloWorld));
  }

  #takeFrame(frame: ReceivedFrame): void {
    const { retryAfterMs } = frame;
    if (frame.type === 'error' && this.#events === 0 && retryAfterMs !== undefined)
      return this.#reconnectLater(retryAfterMs);
    if (frame.type === 'error') return this.#breakOff(`got the error "${frame.message}"`);
    if (frame.sequence === undefined) return;
    this.#events++;
    this.#sessionId ??= frame.sessionId;
    if (frame.sequence !== this.#events || frame.sessionId !== this.#sessionId)
      return this.#breakOff(`event ${this.#events} of ${this.#sessionId} was ${frame.sequence} of ${frame.sessionId}`);
    this.#epoch = frame.epoch;
    this.#status = frame.status ?? this.#status;
    this.#options.onEvent?.(frame);
    if (frame.status !== 'completed') return;
    clearTimeout(this.#deadline);
    this.#complete({ events: this.#events, latencyMs: performance.now() - this.#sentAtMs });
  }

  /** Changes nothing once the turn is completed. */
  #breakOff(problem: string): void {
    clearTimeout(this.#deadline);
    this.#fail(new Error(problem));
    if (this.#socket.readyState !== WebSocket.CLOSED) this.#socket.terminate();
  }
}
