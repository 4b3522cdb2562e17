// The frame `sandbox_queue`: the session's place among the sessions that wait for a sandbox; never stored.
import * as v from 'valibot';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const sandboxQueue = declareServerFrame({
  schema: v.object({
    type: v.literal('sandbox_queue'),
    sessionId: v.string(),
    /** The place in the queue; 1 is next. */
    position: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
  summary: 'The session waits for a sandbox, at this place.',
  addition: 'frames that say how many wait for a sandbox before this session',
  examples: [{ type: 'sandbox_queue', sessionId: exampleSession.sessionId, position: 3 }],
});
