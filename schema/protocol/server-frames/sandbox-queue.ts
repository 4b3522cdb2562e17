// The frame `sandbox_queue`: the session's place among those that wait for a sandbox; never stored.
import * as v from 'valibot';
import { declareServerFrame } from '../declare-frame.ts';

export const sandboxQueue = declareServerFrame({
  schema: v.object({
    type: v.literal('sandbox_queue'),
    sessionId: v.string(),
    /** 1 for the next one. */
    position: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
  summary: 'The session waits for a sandbox, at this place.',
  addition: 'frames that say how many wait for a sandbox before this session',
  examples: [{ type: 'sandbox_queue', sessionId: '01a20798-15ff-76b4-b1d8-9effe2c88dc3', position: 3 }],
});
