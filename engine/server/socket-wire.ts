// The way out to one socket on uWebSockets.js: bounded, and closed where its client doesn't read.
import type { WebSocket } from 'uWebSockets.js';
import { closeCodeOf, errors, type Failure } from '../../schema/error.ts';
import { webSocketPath } from '../../schema/protocol/client-frames/attach-query.ts';
import { normalClose } from '../../schema/protocol/close-codes.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Frame, NumberedFrames } from '../sessions/directory.ts';
import type { Audit, AuditedAct, AuditedOutcome } from './audit.ts';
import type { PageHeaders } from './own-pages.ts';
import { convertThrown } from './thrown.ts';
import { pendingBytesMax, roomPendingBytesMax, type TwoWayWire, tooSlow } from './wire.ts';

/** How long a ping waits for its answer: some round trips, since a client that says its task again waits for it. */
const answerTimeoutMs = 1_500;

export type SocketWireDependencies = { log: Log; audit: Audit; metrics: Metrics };

/** Who opened the socket, as far as its TCP connection and headers tell. */
export type Peer = {
  address: string;
  forwardedFor: string;
  /** Whether the peer is on this machine, and no page of an origin that isn't named. */
  isNear: boolean;
  page: PageHeaders;
};

export type WireListener = {
  onIdentified(): void;
  /** The client reads too slowly, and the socket is closed. */
  onTooSlow(): void;
};

const closingOf = (failure: Failure | undefined) =>
  failure
    ? { code: closeCodeOf(failure.code), reason: errors[failure.code].title }
    : { code: normalClose, reason: 'The session has ended.' };

export class SocketWire<Data> implements TwoWayWire {
  readonly #socket: WebSocket<Data>;
  readonly #dependencies: SocketWireDependencies;
  readonly #peer: Peer;
  #listener: WireListener | undefined;
  #isOpen = true;
  #closing: { code: number; reason: string } | undefined;
  #roomWaiters: ((isOpen: boolean) => void)[] = [];
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

  get page(): PageHeaders {
    return this.#peer.page;
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
    if (this.#socket.getBufferedAmount() > pendingBytesMax) this.#closeTooSlow();
  }

  sendEvents(events: readonly NumberedFrames[]): void {
    this.send(events.flatMap(({ frames }) => frames));
  }

  async waitForRoom(pendingMax = roomPendingBytesMax): Promise<boolean> {
    while (this.#isOpen && this.#socket.getBufferedAmount() > pendingMax)
      await new Promise<boolean>((resolve) => this.#roomWaiters.push(resolve));
    return this.#isOpen;
  }

  close(failure: Failure | undefined): void {
    if (!this.#isOpen || this.isClosing) return;
    this.#closing = closingOf(failure);
    // uWebSockets.js would close the connection seconds later where it is asked to within `open`.
    setImmediate(() => this.closeNow());
  }

  /** Must not be called within `open`. A client that never reads the close is cut after 12 s or so. */
  closeNow(): void {
    if (this.#isOpen && this.#closing) this.#socket.end(this.#closing.code, this.#closing.reason);
  }

  markIdentified(): void {
    this.#listener?.onIdentified();
  }

  /** What the work sends leaves in as few packets as possible. */
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
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const resolve of waiters) resolve(this.#isOpen);
  }

  markClosed(): void {
    this.#isOpen = false;
    this.resumeWaiting();
    this.settlePing(false);
  }

  /** The client gets a close code behind what waits, and resumes from its position. */
  #closeTooSlow(): void {
    this.#dependencies.metrics.countSlowClose();
    this.#dependencies.log.warn('socket.closedSlow', { pendingBytes: this.#socket.getBufferedAmount() });
    this.#listener?.onTooSlow();
    this.close(tooSlow);
  }
}
