// What clients send over a WebSocket: the query of its URL, the first message, and the frames after it.
import * as v from 'valibot';
import { limits } from './limits.ts';
import { describeUnknownFeature, parseFeatures, plain } from './protocol/additions.ts';
import { commandId, emptyAsAbsent, idText, nonBlankText, secretText, text } from './protocol/fields.ts';
import { sessionFields } from './protocol/session-fields.ts';

/** No event has a higher one, so a client that claims more has a position that can't be trusted all the same. */
const bounded = v.transform((given: number) => Math.min(given, limits.sequenceMax));
const sequence = v.pipe(v.number(), v.integer(), v.minValue(0), bounded);

/** The first message of a WebSocket: a new session, or a session to attach to. */
export const FirstMessage = v.object({
  ...sessionFields,
  task: emptyAsAbsent(text(limits.taskCharsMax)),
  /** The JWT when it verifies as one of ours, otherwise the git token. */
  token: emptyAsAbsent(secretText),
  session_id: emptyAsAbsent(text(limits.idCharsMax)),
  epoch: v.nullish(sequence),
  last_sequence: v.nullish(sequence),
  /** Whether a session that was asked for the same a moment ago is left alone. */
  new: v.nullish(v.boolean(), false),
});
export type FirstMessage = v.InferOutput<typeof FirstMessage>;

/** Query parameters of the WebSocket's URL: the same fields, as text. */
const numberInText = v.optional(
  v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be a number'), v.transform(Number), bounded),
);
/** Which of our additions a client wants, separated by commas. */
const features = v.pipe(
  v.optional(v.string(), ''),
  v.check(
    (list) => describeUnknownFeature(list) === undefined,
    ({ input }) => describeUnknownFeature(input) ?? '',
  ),
  v.transform(parseFeatures),
);
export const AttachQuery = v.object({
  session_id: v.optional(idText),
  epoch: numberInText,
  last_sequence: numberInText,
  features,
});
export type AttachQuery = v.InferOutput<typeof AttachQuery>;
export const noAttachQuery: AttachQuery = { features: plain };

/** Frames after the first. Those of unknown `type` get an error frame and nothing else happens. */
export const ClientFrame = v.variant('type', [
  v.object({ type: v.literal('message'), id: commandId, content: nonBlankText(limits.taskCharsMax) }),
  v.object({ type: v.literal('interrupt'), id: commandId }),
  v.object({ type: v.literal('stop'), id: commandId }),
  v.object({ type: v.literal('ping') }),
]);
export type ClientFrame = v.InferOutput<typeof ClientFrame>;
export const clientFrameTypes: readonly string[] = ['message', 'interrupt', 'stop', 'ping'];

/** A follow-up of the reference may say no type, and its page calls it an action. */
export function typeOfFrame({ type, content }: { type?: unknown; content?: unknown }): unknown {
  if (content === undefined) return type;
  return type === 'action' ? 'message' : type || 'message';
}
