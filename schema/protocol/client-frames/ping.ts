// The frame `ping`: answered with `pong`.
import * as v from 'valibot';
import { declareClientFrame } from '../declare-frame.ts';

export const ping = declareClientFrame({
  schema: v.object({ type: v.literal('ping') }),
  summary: 'Asks for a `pong`, before the first message too.',
  examples: [{ type: 'ping' }],
});
