// The query of the WebSocket's URL: a session to attach to, from which event on, and the additions that the client wants.
import * as v from 'valibot';
import { describeUnknownFeature, parseFeatures, plain } from '../additions.ts';
import { idText } from '../fields.ts';
import { bounded } from './sequence.ts';

/** A number of a position, as text. */
export const numberInText = v.optional(
  v.pipe(v.string(), v.regex(/^[0-9]{1,15}$/, 'must be a number'), v.transform(Number), bounded),
);
/** The path at which a WebSocket is opened. */
export const webSocketPath = '/api/v1/ws';

/** The wanted additions, separated by commas. */
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
