// Streams of server-sent events: opened for who asked for one and may have it, counted, and closed.
import type { HttpResponse } from 'uWebSockets.js';
import { errors, type Failure, failed, goingAway, type Outcome } from '../../schema/error.ts';
import { errorFrameOf } from '../../schema/protocol/error-frame.ts';
import { encodeRetry, encodeStreamFrame, eventStreamType } from '../../schema/protocol/event-stream.ts';
import { type SignIns, signInEnded } from '../sign-in/sign-ins.ts';
import { EventStreamWire, type EventStreamWireDependencies } from './event-stream-wire.ts';
import type { Following } from './following.ts';
import { writeHeaders } from './http-answer.ts';
import { type OpenConnections, tooManyClients } from './open-connections.ts';
import { UserCounts } from './user-counts.ts';
import type { Wire } from './wire.ts';

/** Streams of one user at a time: a page in each of many tabs, and few enough that one user can't take all connections. */
export const streamsPerUserMax = 1_000;
/** How long a client waits before it comes back, unless an error says otherwise: as long as behind a drain. */
const retryMs = 1_000;

/** Who follows what was asked for; `attached` says whether they may, and never rejects. */
export type OpenedStream = { following: Following; attached: Promise<Outcome<undefined>> };
/** Begins to follow what was asked for. */
export type StreamOpener = (wire: Wire) => OpenedStream;

export type StreamRequest = {
  /** Who asked. */
  user: string;
  /** The sign-in by whose cookie it was asked. */
  signIn: string | undefined;
  /** The headers by which a page of another origin may read the stream. */
  cors: Record<string, string> | undefined;
  /** Logs whether the stream was opened, once that is known. */
  logOutcome(outcome: Outcome<unknown>): void;
};

export type EventStreamsDependencies = EventStreamWireDependencies & {
  connections: OpenConnections;
  /** Sockets and streams together. */
  socketsMax: number;
  sessions: { readonly isDraining: boolean };
  signIns: Pick<SignIns, 'watch'>;
};

const head = {
  'Content-Type': eventStreamType,
  'Cache-Control': 'no-store, no-transform', // A proxy that compressed the stream would hold frames back.
  'X-Content-Type-Options': 'nosniff',
  'X-Accel-Buffering': 'no', // nginx would hold frames back, too.
};

export class EventStreams {
  readonly #dependencies: EventStreamsDependencies;
  readonly #ofUsers = new UserCounts(streamsPerUserMax);

  constructor(dependencies: EventStreamsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Must be called while the response isn't aborted. @param asked what to follow, or an error that may pass */
  open(response: HttpResponse, { user, signIn, cors, logOutcome }: StreamRequest, asked: Outcome<StreamOpener>): void {
    const { metrics, connections, signIns } = this.#dependencies;
    metrics.countAnswer(200);
    response.cork(() => {
      response.writeStatus('200 OK');
      writeHeaders(response, { ...head, ...cors });
    });
    const refusal = asked.ok ? this.#findRefusal(user) : asked.failure;
    if (refusal) {
      logOutcome({ ok: false, failure: refusal });
      return refuse(response, refusal);
    }
    if (!asked.ok) return;
    const wire = new EventStreamWire(response, this.#dependencies);
    const { following, attached } = asked.value(wire);
    void attached.then(logOutcome);
    const stopWatching = signIn === undefined ? undefined : signIns.watch(signIn, () => following.refuse(signInEnded));
    wire.start(
      {
        onTooSlow: () => following.detach(),
        onClosed: () => {
          stopWatching?.();
          following.detach();
          connections.delete(following);
          metrics.sockets--;
          this.#ofUsers.remove(user);
        },
      },
      retryMs,
    );
    connections.add(following);
    metrics.sockets++;
    this.#ofUsers.add(user);
  }

  #findRefusal(user: string): Failure | undefined {
    const { sessions, metrics, socketsMax } = this.#dependencies;
    if (sessions.isDraining) return goingAway.failure;
    if (metrics.sockets >= socketsMax) return tooManyClients;
    return this.#ofUsers.isFull(user) ? tooManyStreams : undefined;
  }
}

/**
 * Whether the outcome is told in a stream. So is an error that may pass, since EventSource comes back behind status 200
 * only; any other status, and 204 where there is nothing to send any more, keep it away for good.
 */
export const isStreamed = (outcome: Outcome<unknown>): boolean =>
  outcome.ok ? outcome.value !== undefined : errors[outcome.failure.code].retryable;

function refuse(response: HttpResponse, failure: Failure): void {
  const text = encodeRetry(failure.retryAfterMs ?? retryMs) + encodeStreamFrame(errorFrameOf(failure));
  response.cork(() => response.end(text));
}

const tooManyStreams = failed('overloaded', 'Too many streams of yours are open; close one first.', {
  retryAfterMs: 5_000,
}).failure;
