// The frame of an event: JSON text, the same live and replayed, since it is made of stored fields alone.
import type { StoredEvent } from '../../event.ts';
import { encodeFrame } from '../encode-frame.ts';
import { agentEventFrameOf } from './agent-event-frame.ts';
import type { EventDeclaration } from './declare-event.ts';
import { eventTypes } from './event-types.ts';

const declared: ReadonlyMap<string, EventDeclaration> = new Map(Object.entries(eventTypes));

/**
 * The whole frame; `adaptFrame` in `additions.ts` takes away what a client has not asked for. A type that another version
 * of the engine has recorded, and this one doesn't know, is shown as the agent's.
 */
export function frameOf(event: StoredEvent): string {
  const type = declared.get(event.eventType);
  return encodeFrame(type ? type.frameOf(event) : agentEventFrameOf(event));
}
