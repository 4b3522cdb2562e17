// The messages between engines of a cluster: posts on the bus, checked when they arrive. Kinds that are unknown here are
// left out, so that engines of two releases live together.
import * as v from 'valibot';
import { parseBounded } from './bounded-json.ts';
import { AskedSchema, bytesName, isObject, keyCharsMax, Whole } from './bus-asks.ts';
import { errors, type Failure, type Outcome } from './error.ts';
import { limits } from './limits.ts';
import { wireVersion } from './ownership.ts';
import { Id } from './placed-session.ts';
import type { Reply } from './thread.ts';
import type { WorkspaceAnswer, WorkspaceRequest } from './workspace-request.ts';

/** Messages of one post, and its bytes: a larger message has a post of its own. */
export const postMessagesMax = 256;
export const postBytesMax = 512 * 1024;
/** Bytes of the largest post, whatever servers take; a larger message travels in pieces. */
export const postBytesHardMax = 4 * 1024 * 1024;
/** Sessions or users that one message names: as many as fit a post. */
export const busSessionsMax = 4_000;

/** It becomes a part of the subject of answers, of which the client throws over some. */
const BootId = v.pipe(Id, v.regex(/^[\w-]+$/));

const Counted = { clients: Whole, viewers: Whole };
const isFailure = (value: unknown): value is Failure =>
  isObject(value) && 'code' in value && 'detail' in value && typeof value.detail === 'string';
/** A later release may know failures that this one can't tell a client of. */
const asKnown = (failure: Failure): Failure =>
  Object.hasOwn(errors, failure.code) ? failure : { ...failure, code: 'internal' };
const FailureSchema = v.pipe(v.custom<Failure>(isFailure), v.transform(asKnown));

/** What is read of answers without another look, by their kind. */
const answerForms: ReadonlyMap<unknown, v.GenericSchema> = new Map<unknown, v.GenericSchema>([
  ['done', v.looseObject({ sequence: Whole, acknowledgement: v.optional(v.custom((value) => isFrame(value))) })],
  ['workspace', v.looseObject({ answer: v.custom(isObject) })],
  ['left', v.looseObject({ isLeft: v.boolean(), isThere: v.boolean() })],
  [
    'list',
    v.looseObject({
      sessions: v.array(
        v.looseObject({ sessionId: Id, userId: v.string(), task: v.string(), createdAtMs: v.number() }),
      ),
    }),
  ],
]);

function isOutcome(given: unknown): given is Outcome<Reply> {
  if (!isObject(given)) return false;
  const { ok, value, failure } = given as Record<string, unknown>;
  if (ok !== true) return ok === false && isFailure(failure);
  if (!isObject(value) || !('kind' in value) || typeof value.kind !== 'string') return false;
  const form = answerForms.get(value.kind);
  return form === undefined || v.is(form, value);
}

const Ask = v.object({
  kind: v.literal('ask'),
  /** The asker's number; the same when it asks again. */
  k: Whole,
  /** How long the asker waits, from when it sent this. */
  ttlMs: Whole,
  asked: AskedSchema,
});

const ReplyMessage = v.object({
  kind: v.literal('reply'),
  k: Whole,
  outcome: v.pipe(
    v.custom<Outcome<Reply>>(isOutcome),
    v.transform((outcome) => (outcome.ok ? outcome : { ...outcome, failure: asKnown(outcome.failure) })),
  ),
});

/**
 * Sessions that the sender follows: with how far it has heard each, and for how many. Sent when it begins to, and for all of
 * them every `rollIntervalMs`.
 */
const Follow = v.object({
  kind: v.literal('follow'),
  follows: v.pipe(v.array(v.object({ sessionId: Id, heard: Whole, ...Counted })), v.maxLength(busSessionsMax)),
});

/** The answer: up to where each session is stored, and those that the sender doesn't own. */
const Followed = v.object({
  kind: v.literal('followed'),
  stored: v.pipe(v.array(v.tuple([Id, Whole])), v.maxLength(busSessionsMax)),
  gone: v.pipe(v.array(Id), v.maxLength(busSessionsMax)),
});

const Unfollow = v.object({ kind: v.literal('unfollow'), sessionId: Id });

/** An epoch, a sequence, the frame, and whether it is the session's last. */
type Numbered = [number, number, string, boolean];

/** Frames of committed events, in order; checked by hand, since most of what comes is these. */
const Frames = v.object({
  kind: v.literal('frames'),
  sessionId: Id,
  frames: v.custom<Numbered[]>((value) => isListOf(value, isNumbered)),
});

/** Frames that are never stored. */
const Live = v.object({
  kind: v.literal('live'),
  sessionId: Id,
  frames: v.custom<string[]>((value) => isListOf(value, isFrame)),
});

const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isFrame = (value: unknown): boolean =>
  typeof value === 'string' && value.startsWith('{') && value.length <= postBytesHardMax;

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= postMessagesMax && value.every(isItem);
}

function isNumbered(value: unknown): boolean {
  if (!Array.isArray(value)) return false; // Later releases may say more of each.
  const [epoch, sequence, frame, isLast] = value;
  return isWhole(epoch) && isWhole(sequence) && isFrame(frame) && typeof isLast === 'boolean';
}

/** The sender doesn't own the session any more. */
const Moved = v.object({ kind: v.literal('moved'), sessionId: Id });
/** The session can't go on. */
const Lost = v.object({ kind: v.literal('lost'), sessionId: Id, failure: FailureSchema });
/** The session's row has other secrets. */
const SecretsChanged = v.object({ kind: v.literal('secretsChanged'), sessionId: Id });
/** A part of a message that is larger than a post, in base64: from which byte on, and of how many. */
const Piece = v.object({ kind: v.literal('piece'), id: Whole, at: Whole, of: Whole, part: v.string() });
/** To all, every few seconds: the sender is there; whether it stores. */
const Hello = v.object({ kind: v.literal('hello'), stores: v.boolean() });
const Counts = v.pipe(
  v.array(v.tuple([v.pipe(v.string(), v.minLength(1), v.maxLength(keyCharsMax)), Whole])),
  v.maxLength(busSessionsMax),
);
/** To all: what the sender has let through of a budget that all share, by key, since it said so last. */
const SpentMessage = v.object({ kind: v.literal('spent'), budget: Id, takes: Counts });
/** To all: how many sessions users have at the sender. */
const Held = v.object({ kind: v.literal('held'), users: Counts });
/** To all: the sender is on the bus again, and what was on its way to it and from it is lost. */
const Reconnected = v.object({ kind: v.literal('reconnected') });
/** To all: the sender's run has ended or was declared dead, so whoever follows its sessions looks for their owners. */
const Leaving = v.object({ kind: v.literal('leaving') });

const messages = [
  Ask,
  ReplyMessage,
  Follow,
  Followed,
  Unfollow,
  Frames,
  Live,
  Moved,
  Lost,
  SecretsChanged,
  Hello,
  Leaving,
  Reconnected,
  SpentMessage,
  Held,
  Piece,
] as const;
type MessageSchema = (typeof messages)[number];
export type BusMessage = v.InferOutput<MessageSchema>;
export type MessageOf<Kind extends BusMessage['kind']> = Extract<BusMessage, { kind: Kind }>;

const schemas: ReadonlyMap<unknown, MessageSchema> = new Map(
  messages.map((schema) => [schema.entries.kind.literal, schema]),
);

const Post = v.object({
  w: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** The sender's boot. */
  from: BootId,
  /** When it was sent, by the sender's clock. */
  at: Whole,
  m: v.pipe(v.array(v.unknown()), v.maxLength(postMessagesMax)),
});

export type ReadPost = { from: string; atMs: number; messages: BusMessage[]; refused: number };

/** @returns undefined for what is no post; `refused` counts its messages of a known kind in a wrong form */
export function readPost(bytes: Uint8Array): ReadPost | undefined {
  if (bytes.byteLength > postBytesHardMax || !beginsAsPost(bytes)) return undefined;
  const post = v.safeParse(Post, parseBounded(bytes));
  if (!post.success) return undefined;
  const { from, at: atMs, m } = post.output;
  const messages: BusMessage[] = [];
  let refused = 0;
  for (const given of m) {
    const schema = schemaOf(given);
    if (!schema) continue;
    const message = readMessage(schema, given);
    if (message) messages.push(message);
    else refused++;
  }
  return { from, atMs, messages, refused };
}

/** As `encodePost` begins each, in every release: what doesn't is not worth parsing. */
const postBeginning = /^\{"w":\d{1,9},"from":"[\w-]+","at":\d{1,16},"m":\[/;
const beginningBytesMax = limits.idCharsMax + 100;

const beginsAsPost = ({ buffer, byteOffset, byteLength }: Uint8Array): boolean =>
  postBeginning.test(Buffer.from(buffer, byteOffset, Math.min(byteLength, beginningBytesMax)).toString('latin1'));

/** @returns undefined for kinds that are unknown here */
const schemaOf = (given: unknown): MessageSchema | undefined =>
  isObject(given) && 'kind' in given ? schemas.get(given.kind) : undefined;

/** @returns undefined for what no engine sends */
function readMessage(schema: MessageSchema, given: unknown): BusMessage | undefined {
  const message = v.safeParse(schema, given);
  return message.success ? mapWorkspace(message.output, decodeBytes) : undefined;
}

/** A message that came in pieces. */
export function readJoined(bytes: Uint8Array): BusMessage | undefined {
  const given = parseBounded(bytes);
  const schema = schemaOf(given);
  return schema && readMessage(schema, given);
}

export const encodeMessage = (message: BusMessage): string => JSON.stringify(mapWorkspace(message, encodeBytes));

/** @param messages encoded ones */
export const encodePost = (from: string, atMs: number, messages: readonly string[]): Buffer =>
  Buffer.from(`{"w":${wireVersion},"from":${JSON.stringify(from)},"at":${atMs},"m":[${messages.join(',')}]}`);

const encodeBytes = (value: unknown): unknown =>
  value instanceof Uint8Array ? { [bytesName]: Buffer.from(value).toString('base64') } : value;

const decodeBytes = (value: unknown): unknown =>
  isObject(value) && bytesName in value && typeof value[bytesName] === 'string'
    ? new Uint8Array(Buffer.from(value[bytesName], 'base64'))
    : value;

/** Nothing else of a message holds bytes, and what people say is left as it is. */
function mapWorkspace(message: BusMessage, map: (value: unknown) => unknown): BusMessage {
  if (message.kind === 'ask' && message.asked.kind === 'workspace') {
    const request = mapFields(message.asked.request, map) as WorkspaceRequest;
    return { ...message, asked: { ...message.asked, request } };
  }
  if (message.kind !== 'reply' || !message.outcome.ok || message.outcome.value.kind !== 'workspace') return message;
  const { value } = message.outcome;
  return {
    ...message,
    outcome: { ok: true, value: { ...value, answer: mapFields(value.answer, map) as WorkspaceAnswer } },
  };
}

function mapFields(value: object, map: (value: unknown) => unknown): unknown {
  const whole = map(value);
  if (whole !== value || Array.isArray(value)) return whole;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, map(field)]));
}
