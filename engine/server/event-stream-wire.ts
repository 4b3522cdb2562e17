// The way out to one stream of server-sent events on uWebSockets.js: bounded, and ended where its client doesn't read.
import type { HttpResponse } from 'uWebSockets.js';
import type { Failure } from '../../schema/error.ts';
import { errorFrameOf } from '../../schema/protocol/error-frame.ts';
import { encodeRetry, encodeStreamFrame, eventIdOf, heartbeat, streamEnd } from '../../schema/protocol/event-stream.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type Frame, type NumberedFrames, textOf } from '../sessions/directory.ts';
import { convertThrown } from './thrown.ts';
import { pendingBytesMax, roomPendingBytesMax, tooSlow, type Wire } from './wire.ts';

export type EventStreamWireDependencies = {
  log: Log;
  metrics: Metrics;
  /** How long a stream may be silent before a comment is sent, since proxies end silent connections. */
  pingIntervalSeconds: number;
};

export type EventStreamListener = {
  /** The client reads too slowly, and the stream is ended. */
  onTooSlow(): void;
  onClosed(): void;
};

export class EventStreamWire implements Wire {
  readonly #response: HttpResponse;
  readonly #dependencies: EventStreamWireDependencies;
  #listener: EventStreamListener | undefined;
  #isOpen = true;
  /** Whether all is sent but what still waits. */
  #isClosing = false;
  /** Whether uWebSockets.js still keeps a part of what it was given last. */
  #isBlocked = false;
  #waitingTexts: string[] = [];
  #waitingBytes = 0;
  #roomWaiters: ((isOpen: boolean) => void)[] = [];
  #heartbeats: NodeJS.Timeout | undefined;

  constructor(response: HttpResponse, dependencies: EventStreamWireDependencies) {
    this.#response = response;
    this.#dependencies = dependencies;
  }

  /** Must be called in the turn of the event loop in which the response's head was written. @param retryMs how long a client waits before it comes back */
  start(listener: EventStreamListener, retryMs: number): void {
    this.#listener = listener;
    this.#write(encodeRetry(retryMs));
    this.#response.onAborted(() => this.#markClosed());
    this.#response.onWritable(() => this.#writeWaiting());
    const beat = () => {
      if (!this.#isBlocked && !this.#isClosing) this.#write(heartbeat);
    };
    this.#heartbeats = setInterval(beat, this.#dependencies.pingIntervalSeconds * 1_000);
  }

  send(frames: readonly Frame[]): void {
    this.#sendTexts(frames.map((frame) => encodeStreamFrame(textOf(frame))));
  }

  sendEvents(events: readonly NumberedFrames[]): void {
    this.#sendTexts(
      events.flatMap((event) => event.frames.map((frame) => encodeStreamFrame(textOf(frame), eventIdOf(event)))),
    );
  }

  async waitForRoom(pendingMax = roomPendingBytesMax): Promise<boolean> {
    const isTaken = () => !this.#isBlocked || (pendingMax > 0 && this.#waitingBytes <= pendingMax);
    while (this.#isOpen && !isTaken()) await new Promise<boolean>((resolve) => this.#roomWaiters.push(resolve));
    return this.#isOpen;
  }

  close(failure: Failure | undefined): void {
    if (!this.#isOpen || this.#isClosing) return;
    if (!failure) this.#write(streamEnd);
    else if (failure.retryAfterMs !== undefined) this.#write(encodeRetry(failure.retryAfterMs));
    this.#isClosing = true;
    this.#endWhenWritten();
  }

  /** Nobody can answer on a stream. Whoever follows by one never sent the task that is said again. */
  async ping(): Promise<boolean> {
    return false;
  }

  convertThrown(error: unknown): Failure {
    return convertThrown(error, this.#dependencies.log, 'event stream').failure;
  }

  #sendTexts(texts: readonly string[]): void {
    if (!this.#isOpen || this.#isClosing || texts.length === 0) return;
    this.#dependencies.metrics.countFrames(texts.length);
    this.#write(texts.join(''));
    if (this.#waitingBytes > pendingBytesMax) this.#endTooSlow();
  }

  /**
   * uWebSockets.js keeps what a client doesn't take, without a bound. So it is given nothing while it keeps something, which
   * it says one write later where the write is small.
   */
  #write(text: string): void {
    if (this.#isBlocked) {
      this.#waitingTexts.push(text);
      this.#waitingBytes += Buffer.byteLength(text);
      return;
    }
    this.#response.cork(() => {
      this.#isBlocked = !this.#response.write(text);
    });
  }

  /** A comment is written where nothing waits, since uWebSockets.js sends what it keeps with the next write only. */
  #writeWaiting(): boolean {
    const text = this.#waitingTexts.join('');
    this.#waitingTexts = [];
    this.#waitingBytes = 0;
    this.#isBlocked = false;
    this.#write(text === '' ? heartbeat : text);
    this.#endWhenWritten();
    if (this.#waitingBytes <= roomPendingBytesMax) this.#resumeRoomWaiters();
    return !this.#isBlocked;
  }

  /** The client gets the error in place of what waits, and resumes from its position. */
  #endTooSlow(): void {
    this.#dependencies.metrics.countSlowClose();
    this.#dependencies.log.warn('stream.endedSlow', { pendingBytes: this.#waitingBytes });
    this.#waitingTexts = [];
    this.#waitingBytes = 0;
    this.#listener?.onTooSlow();
    this.#write(encodeStreamFrame(errorFrameOf(tooSlow)));
    this.close(tooSlow);
  }

  #endWhenWritten(): void {
    if (!this.#isOpen || !this.#isClosing || this.#isBlocked) return;
    this.#response.cork(() => this.#response.end()); // Asked to close the connection, it would write a header into the body.
    this.#markClosed();
  }

  #markClosed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#heartbeats);
    this.#waitingTexts = [];
    this.#waitingBytes = 0;
    this.#resumeRoomWaiters();
    this.#listener?.onClosed();
  }

  #resumeRoomWaiters(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const resolve of waiters) resolve(this.#isOpen);
  }
}
