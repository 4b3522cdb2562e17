// A client of the suite: sends commands until each is answered, comes back with its position, and keeps what it saw.
import { hash } from 'node:crypto';
import { WebSocket } from 'ws';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { type ReceivedFrame, readFrame } from '../generators/received-frame.ts';
import type { ClientHistory, SeenConnection, SeenEvent } from './client-history.ts';
import type { CrowdTally } from './crowd-tally.ts';
import type { Random } from './random.ts';

export type ChaosClientOptions = {
  name: string;
  /** `ws://…/api/v1/ws` of each engine of the stage: the client turns to the next one when it loses its connection. */
  urls: readonly string[];
  token: string;
  random: Random;
  tally: CrowdTally;
  commandChars: number;
  /** The text that fills a command up to `commandChars`. */
  padding: string;
  /** Commands that may be on their way at once. */
  unansweredMax: number;
  /** Whether a command that was refused for now is sent again. */
  isPersistent: boolean;
  /** Whether the client remembers how long each command waited. */
  keepsWaits?: boolean;
};

/** Times by `performance.now()`; a command that is still unanswered has no second one. */
export type Wait = { sentAtMs: number; answeredAtMs?: number };

/** A connection's first event comes after `after`; the events up to `catchUpTo` are those that the client missed. */
type Expected = { after: number; catchUpTo: number };

/** Texts before and after a command's own. */
export type Words = { first?: string; last?: string };

type Unanswered = { content: string; sentAtMs: number; isWaiting: boolean };

const backoffMs = { first: 50, most: 1_000 };
const retryAfterMsFallback = 250;
const normalClose = 1000;
/** An engine that stands still takes connections, and opens none. */
const handshakeTimeoutMs = 3_000;

export class ChaosClient {
  readonly #options: ChaosClientOptions;
  readonly #connections: SeenConnection[] = [];
  readonly #unanswered = new Map<string, Unanswered>();
  /** The epoch of each event by its sequence, so that the client can come back at any position. */
  readonly #epochs: number[] = [0];
  #socket: WebSocket | undefined;
  #sessionId: string | undefined;
  #position = 0;
  /** Events of this connection up to this sequence are those that the client missed. */
  #catchUpTo = 0;
  #failures = 0;
  #commands = 0;
  #isLeaving = false;
  #isPaused = false;
  /** The engine among `urls`. */
  #engine = 0;
  #isMoving = false;
  readonly #answered: Wait[] = [];
  /** Errors, and closes that the client didn't ask for. */
  troubles = 0;
  /** The time of the last acknowledgement, by `performance.now()`. */
  acknowledgedAtMs = 0;
  #started: () => void = () => undefined;

  constructor(options: ChaosClientOptions) {
    this.#options = options;
  }

  /** Resolves once the session's task is acknowledged. @param engine the one of `urls` that is asked */
  start(engine = 0): Promise<void> {
    this.#engine = engine;
    const started = new Promise<void>((resolve) => {
      this.#started = resolve;
    });
    this.#beginSession();
    return started;
  }

  /** Attaches to a session that another client of the same user has begun. */
  join(sessionId: string, engine: number): void {
    this.#engine = engine;
    this.#sessionId = sessionId;
    this.#reconnect();
  }

  /** Cuts the connection, and comes back at that engine. */
  moveTo(engine: number): void {
    this.#engine = engine;
    this.#isMoving = true;
    this.#socket?.terminate();
  }

  /** The number of the engine that the client is at, or turns to. */
  get engine(): number {
    return this.#engine;
  }

  /** Of all commands, where `keepsWaits`. */
  get waits(): Wait[] {
    return [...this.#answered, ...this.#unanswered.values().map(({ sentAtMs }) => ({ sentAtMs }))];
  }

  #beginSession(): void {
    const task = `Task of ${this.#options.name}`;
    const id = `${this.#options.name}-task`;
    this.#unanswered.set(id, { content: task, sentAtMs: performance.now(), isWaiting: false });
    this.#connect('', { after: 0, catchUpTo: 0 }, (socket) => socket.send(JSON.stringify({ task, id })));
  }

  get lastSequence(): number {
    return this.#epochs.length - 1;
  }

  get sessionId(): string {
    return this.#sessionId ?? '';
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  get isCaughtUp(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN && this.#position >= this.#catchUpTo;
  }

  get history(): ClientHistory {
    const unanswered = [...this.#unanswered.keys()];
    return { client: this.#options.name, sessionId: this.sessionId, connections: this.#connections, unanswered };
  }

  /** The command waits while the client is away. @returns false where too many are unanswered */
  sendCommand({ first = '', last = '' }: Words = {}): boolean {
    if (this.#unanswered.size >= this.#options.unansweredMax) return false;
    const id = this.#nextId();
    const content = first + `Command ${id} `.padEnd(this.#options.commandChars, this.#options.padding) + last;
    this.#unanswered.set(id, { content, sentAtMs: performance.now(), isWaiting: false });
    this.#options.tally.sent++;
    if (this.isCaughtUp) this.#transmit(id, content);
    return true;
  }

  /** Cuts the connection, and comes back at a random position that the client has seen. */
  jump(): void {
    this.#position = this.#options.random.between(0, this.lastSequence);
    this.#socket?.terminate();
  }

  /** Cuts the connection, and comes back at the same position. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** Nothing is read until `resume`, on this connection and later ones. */
  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  /** The client reads again, on a new connection. */
  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
    this.#socket?.terminate();
  }

  leave(): Promise<void> {
    this.#isLeaving = true;
    const socket = this.#socket;
    if (!socket || socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      if (socket.readyState === WebSocket.OPEN && !this.#isPaused) socket.close(normalClose);
      else socket.terminate();
    });
  }

  #connect(query: string, { after, catchUpTo }: Expected, opened: (socket: WebSocket) => void): void {
    const { urls, token } = this.#options;
    const url = `${urls[this.#engine]}?token=${token}${query}`;
    const options = { perMessageDeflate: false, ...(urls.length > 1 && { handshakeTimeout: handshakeTimeoutMs }) };
    const socket = new WebSocket(url, everythingSubprotocol, options);
    const connection: SeenConnection = { after, resent: new Set(), events: [] };
    this.#socket = socket;
    this.#connections.push(connection);
    this.#catchUpTo = catchUpTo;
    socket.on('open', () => {
      if (this.#isPaused) socket.pause();
      opened(socket);
    });
    socket.on('message', (data) => this.#takeText(String(data), connection));
    socket.on('error', () => undefined); // The event `close` follows.
    socket.on('close', (code) => this.#reconnectLater(code));
  }

  /** A client that doesn't know its session yet begins another one. */
  #reconnectLater(code: number): void {
    this.#options.tally.close(code);
    if (this.#isLeaving) return;
    this.troubles++;
    if (!this.#isMoving) this.#engine = (this.#engine + 1) % this.#options.urls.length;
    this.#isMoving = false;
    const waitMs = Math.min(backoffMs.most, backoffMs.first * 2 ** this.#failures++);
    setTimeout(() => this.#reconnect(), waitMs * (0.5 + this.#options.random.next()));
  }

  #reconnect(): void {
    if (this.#isLeaving) return;
    if (this.#sessionId === undefined) return this.#beginSession();
    this.#options.tally.reconnects++;
    const position = `&epoch=${this.#epochs[this.#position] ?? 0}&last_sequence=${this.#position}`;
    const expected = { after: this.#position, catchUpTo: Number.POSITIVE_INFINITY };
    this.#connect(`&session_id=${this.#sessionId}${position}`, expected, () => undefined);
  }

  #takeText(text: string, connection: SeenConnection): void {
    const frame = readFrame(text);
    if (frame.type === 'attached') this.#takeAttached(frame, connection);
    else if (frame.sequence !== undefined) this.#takeEvent(frame, text, connection);
    else if (frame.type === 'error') this.#takeError(frame, connection);
  }

  #takeAttached({ recovered, sequence = 0 }: ReceivedFrame, connection: SeenConnection): void {
    this.#failures = 0;
    this.#catchUpTo = sequence;
    if (!recovered) {
      this.#options.tally.unrecovered++;
      connection.after = 0;
      this.#position = 0;
    }
    this.#resendWhenCaughtUp(connection, true);
  }

  #takeEvent(frame: ReceivedFrame, text: string, connection: SeenConnection): void {
    const { sequence = 0, epoch = 0, type, id } = frame;
    const commandId = type === 'ack' ? (id ?? null) : null;
    const event: SeenEvent = { epoch, sequence, commandId, hash: hashFrame(text) };
    connection.events.push(event);
    this.#sessionId ??= frame.sessionId;
    if (commandId !== null) this.#takeAck(commandId);
    if (sequence !== this.#position + 1) return; // The checker finds what is wrong.
    this.#position = sequence;
    this.#epochs[sequence] = epoch;
    this.#options.tally.events++;
    this.#resendWhenCaughtUp(connection, sequence === this.#catchUpTo);
  }

  #takeAck(commandId: string): void {
    const command = this.#unanswered.get(commandId);
    if (!command) return;
    this.#unanswered.delete(commandId);
    const { sentAtMs } = command;
    this.acknowledgedAtMs = performance.now();
    this.#options.tally.acknowledge(this.acknowledgedAtMs - sentAtMs);
    if (this.#options.keepsWaits) this.#answered.push({ sentAtMs, answeredAtMs: this.acknowledgedAtMs });
    this.#started();
  }

  #takeError(
    { id, code = '', retryable, retryAfterMs = retryAfterMsFallback }: ReceivedFrame,
    connection: SeenConnection,
  ): void {
    this.#options.tally.refuse(code);
    this.troubles++;
    const command = id === undefined ? undefined : this.#unanswered.get(id);
    if (!command || id === undefined) return;
    if (!retryable || !this.#options.isPersistent) return void this.#unanswered.delete(id);
    if (command.isWaiting) return;
    command.isWaiting = true;
    setTimeout(
      () => {
        command.isWaiting = false;
        const isStillDue = this.#unanswered.has(id) && this.#connections.at(-1) === connection && this.isCaughtUp;
        if (!isStillDue) return;
        connection.resent.add(id);
        this.#transmit(id, command.content);
      },
      retryAfterMs * (0.75 + this.#options.random.next()),
    );
  }

  #resendWhenCaughtUp(connection: SeenConnection, isDue: boolean): void {
    if (!isDue || this.#position < this.#catchUpTo) return;
    for (const [id, { content }] of this.#unanswered) {
      connection.resent.add(id);
      this.#transmit(id, content);
    }
  }

  #transmit(id: string, content: string): void {
    this.#socket?.send(JSON.stringify({ type: 'message', id, content }), () => undefined); // Lost commands are sent again.
  }

  #nextId(): string {
    return `${this.#options.name}-${++this.#commands}`;
  }
}

/** @param frame as it came, or as its row makes it */
export const hashFrame = (frame: string): string => hash('sha1', frame, 'base64');
