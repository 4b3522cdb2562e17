// Checks, in development and tests, that a frame to be sent is as declared.
import * as v from 'valibot';
import { everything, type Features } from './additions.ts';
import type { ServerFrameDeclaration } from './declare-frame.ts';
import { eventTypes } from './events/event-types.ts';
import { serverFramesByType } from './server-frames/server-frames.ts';

/**
 * @param text a frame as a client with these additions gets it
 * @returns what is wrong with it, in a sentence; undefined where it is as declared
 */
export function findFrameProblem(
  text: string,
  features: Features,
  declared: ReadonlyMap<string, ServerFrameDeclaration> = serverFramesByType,
): string | undefined {
  const frame = JSON.parse(text) as Record<string, unknown>;
  const declaration = declared.get(String(frame.type));
  if (!declaration) return `A frame of type ${frame.type} is not declared.`;
  const unknown = Object.keys(frame).find((field) => !Object.hasOwn(declaration.schema.entries, field));
  if (unknown !== undefined) return `The frame ${frame.type} has no field ${unknown}.`;
  if (frame.type === 'agent_event' && !Object.hasOwn(eventTypes, String(frame.eventType)))
    return `Events of type ${frame.eventType} are not declared.`;
  const shape = features === everything ? declaration.schema : v.partial(declaration.schema);
  const { issues } = v.safeParse(shape, frame);
  return issues && `The frame ${frame.type} is not as declared: ${JSON.stringify(v.flatten(issues))}`;
}
