// The frame `model_retry`: the model's provider is asked again after a while; never stored.
import * as v from 'valibot';
import { wholeNumber } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const modelRetry = declareServerFrame({
  schema: v.object({
    type: v.literal('model_retry'),
    sessionId: v.string(),
    /** The code of the provider's failure. */
    code: v.string(),
    waitMs: v.pipe(v.number(), v.minValue(0)),
    /** The number of the attempt after the wait: 2 is the second. */
    attempt: wholeNumber,
  }),
  summary: 'The provider of the model failed and is asked again after a while.',
  addition: 'frames that say that a provider is asked again',
  examples: [
    {
      type: 'model_retry',
      sessionId: exampleSession.sessionId,
      code: 'overloaded',
      waitMs: 2000,
      attempt: 2,
    },
  ],
});
