// The way out to one socket on uWebSockets.js: bounded, and closed where its client doesn't read.
import type { WebSocket } from 'uWebSockets.js';
import { errors, type Failure } from '../../schema/error.ts';
import { webSocketPath } from '../../schema/protocol/client-frames/attach-query.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Frame } from '../sessions/directory.ts';
import type { Audit, AuditedAct, AuditedOutcome } from './audit.ts';
import { convertThrown } from './thrown.ts';
import type { Wire } from './wire.ts';

/** Bytes waiting for one socket that does not read; beyond, it is closed and resumes from its position. */
export const socketPendingBytesMax = 1024 * 1024;
/** How long a client that says its task again waits to hear whether the one before it is still there: some round trips. */
const answerTimeoutMs = 1_500;

export type SocketWireDependencies = { log: Log; audit: Audit; metrics: Metrics };

/** Who opened the socket, as far as its connection tells. */
export type Peer = {
  address: string;
  forwardedFor: string;
  /** Whether it comes from this machine, and from no page of an origin that isn't named. */
  isNear: boolean;
};

/** Who is told what becomes of the socket. */
export type WireListener = {
  /** Its client has said who it is. */
  onIdentified(): void;
  /** Its client reads too slowly, and is let go. */
  onTooSlow(): void;
};

/** Writes to one socket: what waits for it is bounded, and whoever reads too slowly is closed. */
export class SocketWire<Data> implements Wire {
  readonly #socket: WebSocket<Data>;
  readonly #dependencies: SocketWireDependencies;
  readonly #peer: Peer;
  #listener: WireListener | undefined;
  #isOpen = true;
  #closing: { code: number; reason: string } | undefined;
  #waiting: ((isOpen: boolean) => void)[] = [];
  /** Set while an answer to a ping is waited for. */
  #pendingPing: { answer: PromiseWithResolvers<boolean>; timer: NodeJS.Timeout } | undefined;

  constructor(socket: WebSocket<Data>, dependencies: SocketWireDependencies, peer: Peer) {
    this.#socket = socket;
    this.#dependencies = dependencies;
    this.#peer = peer;
  }

  start(listener: WireListener): void {
    this.#listener = listener;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  get isNear(): boolean {
    return this.#peer.isNear;
  }

  audit(act: AuditedAct | 'connect', user: string | undefined, outcome: AuditedOutcome): void {
    const { address, forwardedFor } = this.#peer;
    const caller = { user, address, forwardedFor };
    if (act === 'connect') this.#dependencies.audit.logRefusal(webSocketPath, caller, outcome);
    else this.#dependencies.audit.logAct(act, caller, outcome);
  }

  send(frames: readonly Frame[]): void {
    if (!this.#isOpen || this.isClosing || frames.length === 0) return;
    this.#dependencies.metrics.countFrames(frames.length);
    this.#socket.cork(() => {
      for (const frame of frames) this.#socket.send(frame, false);
    });
    if (this.#socket.getBufferedAmount() > socketPendingBytesMax) this.#closeTooSlow();
  }

  /** Half of what may be pending is room enough; a page of history fits into the other half. */
  async waitForRoom(): Promise<boolean> {
    while (this.#isOpen && this.#socket.getBufferedAmount() > socketPendingBytesMax / 2)
      await new Promise<boolean>((resolve) => this.#waiting.push(resolve));
    return this.#isOpen;
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen || this.isClosing) return;
    this.#closing = { code, reason };
    // Not at once: within `open` behind an upgrade that waited, uWebSockets.js would let go of the connection seconds later.
    setImmediate(() => this.closeNow());
  }

  /** What was begun by `close`; not within `open`. A client that never reads it is cut after 12 s or so. */
  closeNow(): void {
    if (this.#isOpen && this.#closing) this.#socket.end(this.#closing.code, this.#closing.reason);
  }

  markIdentified(): void {
    this.#listener?.onIdentified();
  }

  /** What is sent meanwhile leaves in as few packets as may be. */
  sendTogether(work: () => void): void {
    if (this.#isOpen) this.#socket.cork(work);
  }

  ping(): Promise<boolean> {
    if (!this.#isOpen || this.isClosing) return Promise.resolve(false);
    if (!this.#pendingPing) {
      const timer = setTimeout(() => this.settlePing(false), answerTimeoutMs);
      this.#pendingPing = { answer: Promise.withResolvers(), timer };
      this.#socket.ping();
    }
    return this.#pendingPing.answer.promise;
  }

  settlePing(isThere: boolean): void {
    clearTimeout(this.#pendingPing?.timer);
    this.#pendingPing?.answer.resolve(isThere);
    this.#pendingPing = undefined;
  }

  convertThrown(error: unknown): Failure {
    return convertThrown(error, this.#dependencies.log, 'socket').failure;
  }

  resumeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(this.#isOpen);
  }

  markClosed(): void {
    this.#isOpen = false;
    this.resumeWaiting();
    this.settlePing(false);
  }

  /** Its memory is bounded: the client gets a close code behind what waits, and resumes from its position. */
  #closeTooSlow(): void {
    this.#dependencies.metrics.countSlowClose();
    this.#dependencies.log.warn('socket.closedSlow', { pendingBytes: this.#socket.getBufferedAmount() });
    this.#listener?.onTooSlow();
    this.close(errors.tooSlow.close, errors.tooSlow.title);
  }
}
