// The declaration of a type of event: what it means, and its frame.
import type { StoredEvent } from '../../event.ts';
import type { EventFrame } from '../server-frames/server-frames.ts';
import { agentEventFrameOf } from './agent-event-frame.ts';

export type EventDeclaration = {
  /** A sentence about the type for `GET /asyncapi.json`. */
  summary: string;
  /** The frame, made of stored fields alone, so that replay gives the live frame. */
  frameOf(event: StoredEvent): EventFrame;
};

/** Declares events that clients see as `agent_event`. @param summaries by the type's name */
export function declareAgentEvents<const Type extends string>(
  summaries: Readonly<Record<Type, string>>,
): Record<Type, EventDeclaration> {
  const declared = Object.entries<string>(summaries).map(([type, summary]) => [
    type,
    { summary, frameOf: agentEventFrameOf },
  ]);
  return Object.fromEntries(declared) as Record<Type, EventDeclaration>;
}
