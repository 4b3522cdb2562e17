// One WebSocket to a session: opened with a position, watched, and told of once when it is over.

import { describeThrown, LucidError } from '../lucid-error.ts';
import type { Bounds, Socket, SocketConstructor } from '../options.ts';
import type { Closing } from './closing.ts';
import { type Heard, type Position, readFrame } from './frames.ts';
import { Heartbeat } from './heartbeat.ts';
import { subprotocol } from './web-socket-address.ts';

export type Attaching = { sessionId: string; token: string | undefined; position: Position };

export type ConnectionActions = {
  hear(heard: Exclude<Heard, { kind: 'pong' }>): void;
  /** Called once, whatever ends it; nothing is heard afterwards. */
  close(closing: Closing): void;
};

export type ConnectionOptions = {
  url: string;
  WebSocket: SocketConstructor;
  bounds: Pick<Bounds, 'connectTimeoutMs' | 'silenceMaxMs' | 'wakePatienceMs'>;
};

const normalClose = 1000;
/** Of an application: it says to nobody that the session has ended. */
const lostClose = 4000;
const noCloseSeen = 1006;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #actions: ConnectionActions;
  #socket: Socket | undefined;
  #heartbeat: Heartbeat | undefined;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;
  #isOver = false;
  #refusal: Closing['refusal'];

  constructor(options: ConnectionOptions, attaching: Attaching, actions: ConnectionActions) {
    this.#options = options;
    this.#actions = actions;
    const { connectTimeoutMs } = options.bounds;
    this.#connectTimer = setTimeout(
      () => this.#giveUp(noAnswerWithin(options.url, connectTimeoutMs)),
      connectTimeoutMs,
    );
    this.#open(attaching);
  }

  send(frame: object): void {
    if (!this.#isOver && this.#isOpen) this.#socket?.send(JSON.stringify(frame));
  }

  /** Asks whether the other side is still there; one that isn't open yet has a limit of its own. */
  probe(): void {
    this.#heartbeat?.probe(this.#options.bounds.wakePatienceMs);
  }

  /** Leaves without another word: `close` is not called. */
  leave(): void {
    if (this.#isOver) return;
    this.#end();
    this.#socket?.close(normalClose);
  }

  #open(attaching: Attaching): void {
    const { url, WebSocket } = this.#options;
    try {
      const socket = new WebSocket(url, [subprotocol]);
      this.#socket = socket;
      socket.onopen = () => this.#begin(socket, attaching);
      socket.onmessage = ({ data }: { data: unknown }) => this.#hear(data);
      socket.onerror = () => undefined; // `close` follows, and says as much.
      socket.onclose = ({ code }: { code: number }) => this.#close({ code });
    } catch (error) {
      queueMicrotask(() => this.#close({ code: noCloseSeen, error: unusableAddress(url, error) }));
    }
  }

  /** The token goes into the first message, since addresses end up in logs. */
  #begin(socket: Socket, { sessionId, token, position }: Attaching): void {
    if (this.#isOver) return socket.close(normalClose);
    this.#isOpen = true;
    if (socket.protocol !== subprotocol) return this.#giveUp(otherProtocol(this.#options.url));
    const { epoch, sequence } = position;
    this.send({
      token,
      session_id: sessionId,
      ...(sequence > 0 && { last_sequence: sequence }),
      ...(epoch > 0 && { epoch }),
    });
  }

  #hear(data: unknown): void {
    if (this.#isOver) return;
    const heard = readFrame(data);
    if (!heard) return this.#giveUp(noFrame(this.#options.url));
    if (heard.kind === 'attached') this.#startHeartbeat();
    this.#heartbeat?.hear();
    if (heard.kind === 'pong') return;
    if (heard.kind === 'refused' && heard.frame.id === undefined) this.#refusal = heard.frame;
    this.#actions.hear(heard);
  }

  #startHeartbeat(): void {
    clearTimeout(this.#connectTimer);
    const { silenceMaxMs } = this.#options.bounds;
    this.#heartbeat ??= new Heartbeat(silenceMaxMs, {
      ping: () => this.send({ type: 'ping' }),
      giveUp: () => this.#giveUp(nothingHeard(this.#options.url)),
    });
  }

  /** The socket's own close may never come: nobody waits for it. */
  #giveUp(error: LucidError): void {
    if (this.#isOver) return;
    this.#close({ code: noCloseSeen, error });
    this.#socket?.close(lostClose);
  }

  #close(closing: Pick<Closing, 'code' | 'error'>): void {
    if (this.#isOver) return;
    this.#end();
    this.#actions.close({ ...closing, wasOpen: this.#isOpen, refusal: this.#refusal });
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#connectTimer);
    this.#heartbeat?.stop();
  }
}

export const noAnswerWithin = (url: string, ms: number) =>
  new LucidError('timedOut', `No answer came from ${url} within ${ms / 1_000} s; a proxy may be holding it back.`);
export const nothingHeard = (url: string) =>
  new LucidError(
    'nothingHeard',
    `Nothing is heard from ${url} any more; the network or a proxy has lost the connection.`,
  );
const otherProtocol = (url: string) =>
  new LucidError('badAnswer', `What answers at ${url} doesn't speak ${subprotocol}: an older engine, or a proxy.`);
export const noFrame = (url: string) =>
  new LucidError('badAnswer', `What came from ${url} is no frame of the engine.`, { retryable: true });
const unusableAddress = (url: string, error: unknown) =>
  new LucidError('noWebSocket', `No WebSocket can be opened at ${url}: ${describeThrown(error)}`, { cause: error });
