// What sockets hear: the reference's frames by default, and this engine's additions for whoever asks for them.
import { referenceStatuses } from '../event.ts';
import { typeOfSchema } from './declare-frame.ts';
import { serverFrames, serverFramesByType } from './server-frames/server-frames.ts';

/** Asks for all additions at once, as a subprotocol of the WebSocket. */
export const everythingSubprotocol = 'lucid.v2';

type Declared = (typeof serverFrames)[number];
type AddedFrame = Extract<Declared, { addition: string }>['schema']['entries']['type']['literal'];

/** Frames that are an addition as a whole, by their type, and what they are. */
const addedFrames = Object.fromEntries(
  serverFrames.flatMap((frame) => ('addition' in frame ? [[typeOfSchema(frame.schema), frame.addition]] : [])),
) as Record<AddedFrame, string>;

/** What may be asked for one by one, in `?features=`. */
export const additions = {
  ...addedFrames,
  statuses: 'the statuses stopped, storage_unavailable and storage_restored',
  thoughts: 'events for thoughts that a provider keeps to itself',
  epoch: 'sessionId, epoch and sequence on every event',
  details:
    'all other added fields, such as code, reason, usage, unanswered, diff, truncated, and the command of an observation',
  finish: 'a final answer as AgentFinishAction alone; otherwise it comes as MessageAction, too',
} as const;

type Addition = keyof typeof additions;

const known = Object.keys(additions) as Addition[];
const bits = new Map(known.map((addition, at) => [addition as string, 1 << at]));

/** A set of additions, one bit for each: who asks for the same gets the same bytes. */
export type Features = number;

/** The reference's protocol. */
export const plain: Features = 0;
export const everything: Features = 2 ** known.length - 1;

const splitNames = (list: string): string[] =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** @param list as in `?features=ack,epoch`; unknown names count for nothing */
export const parseFeatures = (list: string): Features =>
  splitNames(list).reduce((features, name) => features | (bits.get(name) ?? 0), plain);

/** Why a list can't be meant as it is; undefined where it can. */
export function describeUnknownFeature(list: string): string | undefined {
  const unknown = splitNames(list).find((name) => !bits.has(name));
  return unknown === undefined ? undefined : `"${unknown.slice(0, 40)}" is not known; known are ${known.join(', ')}`;
}

/**
 * The subprotocol that is spoken, of those that a client offers: one that isn't ours is never repeated, since it may be
 * anything, a token too. Undefined for none.
 */
export const pickSubprotocol = (offered: string): string | undefined =>
  offered.split(',').some((name) => name.trim() === everythingSubprotocol) ? everythingSubprotocol : undefined;

const positionFields: readonly string[] = ['sessionId', 'epoch', 'sequence'];

type Frame = { type: string } & Record<string, unknown>;

const isAddedFrame = (type: string): type is AddedFrame => Object.hasOwn(addedFrames, type);

const has = (features: Features, addition: Addition): boolean => (features & (bits.get(addition) ?? 0)) !== 0;

/**
 * A frame as those hear it who asked for `features`: as it is, with fewer fields, not at all, or as two.
 * @param frame JSON text that begins with its type, as every frame of the engine does
 */
export function adaptFrame(frame: string, features: Features): readonly string[] {
  if (features === everything) return [frame];
  const type = frameTypeOf(frame);
  if (isAddedFrame(type) && !has(features, type)) return nothing; // Most of what is left out is never parsed.
  const whole = JSON.parse(frame) as Frame;
  if (isHidden(whole, features)) return nothing;
  const shown = JSON.stringify(keepShownFields(whole, features));
  return isFinalAnswer(whole) && !has(features, 'finish') ? [JSON.stringify(finishMessageOf(whole)), shown] : [shown];
}

const nothing: readonly string[] = [];

const frameTypeOf = (frame: string): string => /^\{"type":"(\w+)"/.exec(frame)?.[1] ?? '';

function isHidden({ type, status, eventType }: Frame, features: Features): boolean {
  if (type === 'status') return !referenceStatuses.some((known) => known === status) && !has(features, 'statuses');
  return eventType === 'HiddenThought' && !has(features, 'thoughts');
}

/** Clients of the reference show a message; how a task ended they only log. */
const isFinalAnswer = ({ eventType, content }: Frame): boolean =>
  eventType === 'AgentFinishAction' && typeof content === 'string' && content.trim() !== '';

/** Without a position: it is no event of its own. */
const finishMessageOf = (finish: Frame): Frame => keepShownFields({ ...finish, eventType: 'MessageAction' }, plain);

function keepShownFields(whole: Frame, features: Features): Frame {
  const fields = Object.entries(whole).filter(([field]) => isShown(field, whole, features));
  return Object.fromEntries(fields) as Frame;
}

function isShown(field: string, { type, event }: Frame, features: Features): boolean {
  const isRepeated = field === 'command' && event !== 'action'; // The action has said it; clients show both.
  const known = serverFramesByType.get(type)?.referenceFields;
  if (known?.includes(field) && !isRepeated) return true;
  if (isAddedFrame(type)) return true;
  return has(features, positionFields.includes(field) ? 'epoch' : 'details');
}
