// What a page shows of a session besides its events, as a store that hands out a new snapshot with each change.
import { eventTypesBesideTurns } from '../../../schema/event-types-beside-turns.ts';
import type { LucidErrorCode } from '../lucid-error.ts';
import type { SessionNow, SessionState, Usage, WaitingFor } from '../protocol.ts';
import { callAll } from './emitter.ts';
import type { SessionEvent } from './frames.ts';

export type ConnectionState =
  /** A WebSocket is being opened. */
  | 'connecting'
  | 'open'
  /** It was lost, and is opened again in a moment. */
  | 'waiting'
  /** Readers are too far behind, or there are none: it is closed, and opened again when there is room or something is said. */
  | 'paused'
  /** For good: the session has ended, the engine doesn't want this client, or the client has left. */
  | 'ended'
  | 'failed'
  | 'detached';

export type SessionSnapshot = {
  readonly connection: ConnectionState;
  /** As the events that were heard have it; null before the first. */
  readonly status: SessionState | null;
  readonly sessionId: string;
  /** Of the last event that was heard: with both a client comes back. */
  readonly epoch: number;
  readonly sequence: number;
  /** Commands that the engine hasn't acknowledged yet. */
  readonly queued: number;
  /** Of all turns whose end was heard. */
  readonly usage: Usage | null;
  /** Of the turn that goes on, by now; null between turns. */
  readonly turnUsage: Usage | null;
  /** How the session stands beside its events, such as its plan and what it waits for; null until the engine says so. */
  readonly now: SessionNow | null;
  /** The events that came while the connection was lost the last time, all of which are told; null where none did. */
  readonly missed: { readonly fromSequence: number; readonly toSequence: number } | null;
  /** What is the matter with the connection, in a sentence; null while nothing is. */
  readonly problem: { readonly code: LucidErrorCode; readonly message: string } | null;
};

export class Store<Snapshot extends object> {
  #snapshot: Snapshot;
  readonly #listeners = new Set<() => void>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** With a getter for each field, of the newest snapshot. */
  static withFields<Snapshot extends object>(snapshot: Snapshot): Store<Snapshot> & Readonly<Snapshot> {
    const store = new Store(snapshot);
    for (const name of Object.keys(snapshot) as (keyof Snapshot)[])
      Object.defineProperty(store, name, { get: () => store.#snapshot[name], enumerable: true });
    return store as Store<Snapshot> & Readonly<Snapshot>;
  }

  readonly getSnapshot = (): Snapshot => this.#snapshot;

  /** @returns what ends it */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** @returns whether anything is otherwise now */
  change(changes: Partial<Snapshot>): boolean {
    const isSame = Object.entries(changes).every(([name, value]) => this.#snapshot[name as keyof Snapshot] === value);
    if (isSame) return false;
    this.#snapshot = { ...this.#snapshot, ...changes };
    callAll(this.#listeners, undefined);
    return true;
  }
}

/** What an event changes of what is shown. */
export function applyEvent(
  { status, usage, turnUsage, now }: SessionSnapshot,
  event: SessionEvent,
): Partial<SessionSnapshot> {
  const waits = waitsAfter(event, now?.waitingFor ?? []);
  return {
    epoch: event.epoch,
    sequence: event.sequence,
    status: statusAfter(event, status, waits) ?? status,
    now: now && waits !== now.waitingFor ? { ...now, waitingFor: [...waits] } : now,
    usage: event.type === 'status' && event.usage ? addUsage(usage, event.usage) : usage,
    turnUsage: turnUsageAfter(event) ?? (hasEnded(event) ? null : turnUsage),
  };
}

/** Sub-agents tell of their own. */
const turnUsageAfter = (event: SessionEvent) =>
  event.type === 'agent_event' && event.parentToolCallId === undefined ? event.usage : undefined;
const hasEnded = (event: SessionEvent): boolean => event.type === 'error' || event.type === 'status';

/** The engine says so too, a moment later; one of several that is settled leaves the others. */
function waitsAfter(event: SessionEvent, waits: readonly WaitingFor[]): readonly WaitingFor[] {
  if (event.type === 'error' || event.type === 'status') return hasTurnEnded(event) ? [] : waits;
  const { toolCallId } = event;
  const isTold = waits.some((told) => told.toolCallId === toolCallId);
  if (event.type === 'agent_event' && event.waitingFor) return isTold ? waits : [...waits, event.waitingFor];
  return isTold && isSettling(event) ? waits.filter((told) => told.toolCallId !== toolCallId) : waits;
}

const hasTurnEnded = (event: SessionEvent): boolean =>
  event.type === 'error' || (event.type === 'status' && (event.status === 'completed' || event.status === 'stopped'));
/** An answer or a decision, or what came of the call. */
const isSettling = (event: SessionEvent): boolean =>
  event.type === 'ack' || (event.type === 'agent_event' && (event.event === 'observation' || event.event === 'error'));

/** As REST reports it; undefined where the event changes nothing. */
function statusAfter(
  event: SessionEvent,
  before: SessionState | null,
  waits: readonly WaitingFor[],
): SessionState | undefined {
  if (event.type === 'error') return 'failed';
  // A turn may begin by itself, with a message that the last one left.
  if (event.type === 'agent_event') {
    if (event.waitingFor) return 'waiting';
    if (eventTypesBesideTurns.has(event.eventType)) return undefined;
    return waits.length > 0 ? 'waiting' : 'working';
  }
  if (event.type === 'ack') return statusAfterCommand(event.eventType, before, waits);
  if (event.status === 'completed') return 'idle';
  return event.status === 'stopped' ? 'stopped' : undefined;
}

/** A session that waits for an answer goes on waiting, whatever else is said to it. */
function statusAfterCommand(
  eventType: string,
  before: SessionState | null,
  waits: readonly WaitingFor[],
): SessionState | undefined {
  if (eventType === 'Interrupt' || eventType === 'Stop') return undefined;
  if (waits.length > 0) return 'waiting';
  return eventType === 'UserMessage' && before === 'waiting' ? 'waiting' : 'working';
}

function addUsage(sum: Usage | null, more: Usage): Usage {
  if (!sum) return more;
  const costUsd =
    sum.costUsd === undefined && more.costUsd === undefined
      ? {}
      : { costUsd: (sum.costUsd ?? 0) + (more.costUsd ?? 0) };
  return {
    inputTokens: sum.inputTokens + more.inputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    cachedTokens: sum.cachedTokens + more.cachedTokens,
    cacheWriteTokens: sum.cacheWriteTokens + more.cacheWriteTokens,
    steps: sum.steps + more.steps,
    durationMs: sum.durationMs + more.durationMs,
    ...costUsd,
  };
}
