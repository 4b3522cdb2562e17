// The frame `attached`: tells a client that came back whether it gets the events since its position, or all.
import * as v from 'valibot';
import { wholeNumber } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const attached = declareServerFrame({
  schema: v.object({
    type: v.literal('attached'),
    sessionId: v.string(),
    epoch: wholeNumber,
    /** The sequence of the session's last event. */
    sequence: wholeNumber,
    /** Whether the client's position is trusted; otherwise it gets all events. */
    recovered: v.boolean(),
  }),
  summary:
    'The client follows the session. The events behind its position come next or, where `recovered` is false, all of them.',
  addition: 'a frame that says from where a client that came back hears what it missed',
  examples: [
    {
      type: 'attached',
      sessionId: exampleSession.sessionId,
      epoch: 2,
      sequence: 12,
      recovered: true,
    },
  ],
});
