// Every frame that the engine sends, and their union: a new one is a file beside this and a line here.
import * as v from 'valibot';
import { type ServerFrameDeclaration, schemasOf, typeOfSchema } from '../declare-frame.ts';
import { ack } from './ack.ts';
import { agentDelta } from './agent-delta.ts';
import { agentEvent } from './agent-event.ts';
import { agentOutput } from './agent-output.ts';
import { attached } from './attached.ts';
import { callDelta } from './call-delta.ts';
import { error } from './error.ts';
import { fileTree } from './file-tree.ts';
import { modelRetry } from './model-retry.ts';
import { modelWait } from './model-wait.ts';
import { pong } from './pong.ts';
import { sandboxQueue } from './sandbox-queue.ts';
import { sessionState } from './session-state.ts';
import { status } from './status.ts';

export const serverFrames = [
  status,
  agentEvent,
  error,
  pong,
  ack,
  attached,
  agentDelta,
  agentOutput,
  callDelta,
  fileTree,
  modelRetry,
  modelWait,
  sandboxQueue,
  sessionState,
] as const;

export const ServerFrame = v.variant('type', schemasOf(serverFrames));
export type ServerFrame = v.InferOutput<typeof ServerFrame>;
/** Those that an event may have. */
export const EventFrame = v.variant('type', [status.schema, ack.schema, agentEvent.schema, error.schema]);
export type EventFrame = v.InferOutput<typeof EventFrame>;

type ServerFrameType = ServerFrame['type'];
export type ServerFrameOf<Type extends ServerFrameType> = Extract<ServerFrame, { type: Type }>;

export const serverFramesByType: ReadonlyMap<string, ServerFrameDeclaration> = new Map(
  serverFrames.map((frame) => [typeOfSchema(frame.schema), frame]),
);

type FieldOf<Frame, Field> = Frame extends unknown ? (Field extends keyof Frame ? Frame[Field] : never) : never;
type AnyField = ServerFrame extends infer Frame ? (Frame extends unknown ? keyof Frame : never) : never;
/** A frame whose type a client hasn't checked yet, so that it may have any field of any frame. */
export type AnyServerFrame = { type: ServerFrameType } & {
  [Field in Exclude<AnyField, 'type'>]?: Exclude<FieldOf<ServerFrame, Field>, undefined>;
};
