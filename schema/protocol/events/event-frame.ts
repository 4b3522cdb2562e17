// The frame of an event: JSON text, the same live and replayed, since it is made of stored fields alone.
import type { StoredEvent } from '../../event.ts';
import { encodeFrame } from '../encode-frame.ts';
import type { EventFrame } from '../server-frames/server-frames.ts';
import { agentEventFrameOf } from './agent-event-frame.ts';
import type { EventDeclaration } from './declare-event.ts';
import { eventTypes } from './event-types.ts';

const declared: ReadonlyMap<string, EventDeclaration> = new Map(Object.entries(eventTypes));

/** As an object, where it is encoded with others. */
export function makeFrame(event: StoredEvent): EventFrame {
  const type = declared.get(event.eventType);
  return type ? type.frameOf(event) : agentEventFrameOf(event);
}

/**
 * The whole frame, from which `adaptFrame` in `additions.ts` takes what a client hasn't asked for. An unknown type, of
 * another version of the engine, is shown as an `agent_event`.
 */
export const frameOf = (event: StoredEvent): string => encodeFrame(makeFrame(event));
