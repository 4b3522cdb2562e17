// The frame `pong`: the answer to `ping`.
import * as v from 'valibot';
import { declareServerFrame } from '../declare-frame.ts';

export const pong = declareServerFrame({
  schema: v.object({ type: v.literal('pong') }),
  summary: 'The answer to `ping`.',
  referenceFields: ['type'],
  examples: [{ type: 'pong' }],
});
