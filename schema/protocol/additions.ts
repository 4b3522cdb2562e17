// Adapts frames to clients: the reference's frames by default, and this engine's additions for those that ask for them.
import { referenceStatuses } from '../event.ts';
import { typeOfSchema } from './declare-frame.ts';
import { serverFrames, serverFramesByType } from './server-frames/server-frames.ts';

/** The subprotocol of the WebSocket that asks for all additions at once. */
export const everythingSubprotocol = 'lucid.v2';

type Declared = (typeof serverFrames)[number];
type AddedFrame = Extract<Declared, { addition: string }>['schema']['entries']['type']['literal'];

/** Descriptions of the frames that are an addition as a whole, by their type. */
const addedFrames = Object.fromEntries(
  serverFrames.flatMap((frame) => ('addition' in frame ? [[typeOfSchema(frame.schema), frame.addition]] : [])),
) as Record<AddedFrame, string>;

/** The additions that can be asked for in `?features=`, with their descriptions. */
export const additions = {
  ...addedFrames,
  statuses: 'the statuses stopped, storage_unavailable, storage_restored and moving',
  thoughts: 'events for thoughts that a provider keeps to itself',
  epoch: 'sessionId, epoch and sequence on every event',
  details:
    'all other added fields, such as code, reason, usage, unanswered, diff, truncated, and the command of an observation',
  finish:
    'a final answer as AgentFinishAction alone, a question as AskUserAction; otherwise they come as MessageAction, too',
} as const;

type Addition = keyof typeof additions;

const known = Object.keys(additions) as Addition[];
const bits = new Map(known.map((addition, at) => [addition as string, 1 << at]));

/** A set of additions, one bit for each; clients with the same set get the same bytes. */
export type Features = number;

/** No additions: the reference's protocol. */
export const plain: Features = 0;
export const everything: Features = 2 ** known.length - 1;

const splitNames = (list: string): string[] =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** @param list as in `?features=ack,epoch`; unknown names are ignored */
export const parseFeatures = (list: string): Features =>
  splitNames(list).reduce((features, name) => features | (bits.get(name) ?? 0), plain);

/** Names the first unknown addition of a list; undefined where all are known. */
export function describeUnknownFeature(list: string): string | undefined {
  const unknown = splitNames(list).find((name) => !bits.has(name));
  return unknown === undefined ? undefined : `"${unknown.slice(0, 40)}" is not known; known are ${known.join(', ')}`;
}

/**
 * Chooses the engine's own subprotocol among those that a client offers, and no other, since one may be a token, which must
 * not be sent back. Undefined for none.
 */
export const pickSubprotocol = (offered: string): string | undefined =>
  offered.split(',').some((name) => name.trim() === everythingSubprotocol) ? everythingSubprotocol : undefined;

const positionFields: readonly string[] = ['sessionId', 'epoch', 'sequence'];

type Frame = { type: string } & Record<string, unknown>;

const isAddedFrame = (type: string): type is AddedFrame => Object.hasOwn(addedFrames, type);

export const hasFeature = (features: Features, addition: Addition): boolean =>
  (features & (bits.get(addition) ?? 0)) !== 0;

/**
 * The frames that clients with these additions get for a frame: the same, one with fewer fields, none, or two.
 * @param frame JSON text that begins with its type, as every frame of the engine does
 */
export function adaptFrame(frame: string, features: Features): readonly string[] {
  if (features === everything) return [frame];
  const type = frameTypeOf(frame);
  if (isAddedFrame(type) && !hasFeature(features, type)) return nothing; // Most frames that are left out needn't be parsed.
  const whole = JSON.parse(frame) as Frame;
  if (isHidden(whole, features)) return nothing;
  const shown = JSON.stringify(keepShownFields(whole, features));
  return isFinalAnswer(whole) && !hasFeature(features, 'finish')
    ? [JSON.stringify(finishMessageOf(whole)), shown]
    : [shown];
}

const nothing: readonly string[] = [];

const frameTypeOf = (frame: string): string => /^\{"type":"(\w+)"/.exec(frame)?.[1] ?? '';

function isHidden({ type, status, eventType }: Frame, features: Features): boolean {
  if (type === 'status')
    return !referenceStatuses.some((known) => known === status) && !hasFeature(features, 'statuses');
  return eventType === 'HiddenThought' && !hasFeature(features, 'thoughts');
}

/** Whether the frame is a final answer or a question, which clients of the reference only log, while they show messages. */
const isFinalAnswer = ({ eventType, content, parentToolCallId }: Frame): boolean =>
  parentToolCallId === undefined &&
  (eventType === 'AgentFinishAction' || eventType === 'AskUserAction') &&
  typeof content === 'string' &&
  content.trim() !== '';

/** The final answer as a message, without a position since it is no event of its own. */
const finishMessageOf = (finish: Frame): Frame => keepShownFields({ ...finish, eventType: 'MessageAction' }, plain);

function keepShownFields(whole: Frame, features: Features): Frame {
  const fields = Object.entries(whole).filter(([field]) => isShown(field, whole, features));
  return Object.fromEntries(fields) as Frame;
}

function isShown(field: string, { type, event }: Frame, features: Features): boolean {
  const isRepeated = field === 'command' && event !== 'action'; // The action's frame has it already.
  const known = serverFramesByType.get(type)?.referenceFields;
  if (known?.includes(field) && !isRepeated) return true;
  if (isAddedFrame(type)) return true;
  return hasFeature(features, positionFields.includes(field) ? 'epoch' : 'details');
}
