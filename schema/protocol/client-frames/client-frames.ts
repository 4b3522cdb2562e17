// Every frame that a client sends, and their union: a new one is a file beside this and a line here.
import * as v from 'valibot';
import { schemasOf, typeOfSchema } from '../declare-frame.ts';
import { answer } from './answer.ts';
import { decide } from './decide.ts';
import type { FirstMessage } from './first-message.ts';
import { interrupt } from './interrupt.ts';
import { message } from './message.ts';
import { ping } from './ping.ts';
import { stop } from './stop.ts';

export const clientFrames = [message, interrupt, stop, ping, answer, decide] as const;

/** Frames after the first message. Those of an unknown `type` get an error frame and nothing else happens. */
export const FollowUp = v.variant('type', schemasOf(clientFrames));
export type FollowUp = v.InferOutput<typeof FollowUp>;
export const followUpTypes: readonly string[] = clientFrames.map(({ schema }) => typeOfSchema(schema));

/** Fields that clients of the reference send, and that are no mistake where nothing is done with them. */
export const unheededFields: readonly string[] = ['type', 'content', 'userId'];

/** Any frame of a client, before it is checked; the first message is the one without a `type`. */
export type ClientFrame = ({ type?: undefined } & v.InferInput<typeof FirstMessage>) | v.InferInput<typeof FollowUp>;

/** The type of a follow-up: clients of the reference may leave it out, and the reference's page sends `action`. */
export function followUpTypeOf({ type, content }: { type?: unknown; content?: unknown }): unknown {
  if (content === undefined) return type;
  return type === 'action' ? 'message' : type || 'message';
}
