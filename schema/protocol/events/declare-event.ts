// How a type of event is declared: what it means, and the frame that clients see of it.
import type { StoredEvent } from '../../event.ts';
import type { ServerFrame } from '../server-frames/server-frames.ts';
import { agentEventFrameOf } from './agent-event-frame.ts';

export type EventDeclaration = {
  /** What such an event says, in a sentence for the protocol's document. */
  summary: string;
  /** Made of stored fields alone, so that a replayed frame is the live one. */
  frameOf(event: StoredEvent): ServerFrame;
};

/** Events that clients see as `agent_event`. @param summaries by the type's name */
export function declareAgentEvents<const Type extends string>(
  summaries: Readonly<Record<Type, string>>,
): Record<Type, EventDeclaration> {
  const declared = Object.entries<string>(summaries).map(([type, summary]) => [
    type,
    { summary, frameOf: agentEventFrameOf },
  ]);
  return Object.fromEntries(declared) as Record<Type, EventDeclaration>;
}
