// The frame `model_wait`: the next request to the model's provider waits; never stored.
import * as v from 'valibot';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const modelWait = declareServerFrame({
  schema: v.object({
    type: v.literal('model_wait'),
    sessionId: v.string(),
    /** For what: the provider's limits of requests and tokens a minute, which all sessions with its key share. */
    waiting: v.literal('rateLimit'),
    /** How long at least. It may come again with a longer time. */
    waitMs: v.pipe(v.number(), v.minValue(0)),
  }),
  summary: 'The next request to the model waits for the limits of its provider.',
  addition: 'frames that say that a request waits for the limits of its provider',
  examples: [{ type: 'model_wait', sessionId: exampleSession.sessionId, waiting: 'rateLimit', waitMs: 12_000 }],
});
