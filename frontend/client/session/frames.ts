// The frames that a session is made of: events, which are stored and numbered, and what is shown while it happens.
import type { ServerFrame } from '../protocol.ts';

/** Where a client stands in a session: at the last event that it saw. */
export type Position = { epoch: number; sequence: number };

type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;
export type ErrorFrame = FrameOf<'error'>;
export type AttachedFrame = FrameOf<'attached'>;

type Numbered<Frame> = Frame extends unknown ? Frame & Position & { sessionId: string } : never;

/** A fact of the session, stored before it was sent. */
export type SessionEvent = Numbered<FrameOf<'ack' | 'agent_event' | 'status' | 'error'>>;

/** Never stored: what is being written or printed, the tree of files, and how the engine is doing. */
export type TransientFrame = Exclude<ServerFrame, { type: 'ack' | 'agent_event' | 'attached' | 'error' | 'pong' }>;

export type Heard =
  | { kind: 'event'; event: SessionEvent }
  | { kind: 'attached'; frame: AttachedFrame }
  | { kind: 'refused'; frame: ErrorFrame }
  | { kind: 'transient'; frame: TransientFrame }
  | { kind: 'pong' };

/** @returns undefined for what is no frame at all; a type that only a later engine knows is shown as it comes */
export function readFrame(data: unknown): Heard | undefined {
  const frame = parseFrame(data);
  if (frame === undefined) return undefined;
  if (frame.type === 'attached') return { kind: 'attached', frame };
  if (frame.type === 'pong') return { kind: 'pong' };
  if ('sequence' in frame && frame.sequence !== undefined) return { kind: 'event', event: frame as SessionEvent };
  if (frame.type === 'error') return { kind: 'refused', frame };
  return { kind: 'transient', frame: frame as TransientFrame };
}

function parseFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as ServerFrame) : undefined;
  } catch {
    return undefined; // Told as a connection that speaks something else.
  }
}

/** The last event of a session that was stopped, or that failed. */
export const isLastEvent = (event: SessionEvent): boolean =>
  event.type === 'error' || (event.type === 'status' && event.status === 'stopped');
