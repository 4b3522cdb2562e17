// The frame `stop`: the session ends.
import * as v from 'valibot';
import { declareClientFrame } from '../declare-frame.ts';
import { commandId } from '../fields.ts';

export const stop = declareClientFrame({
  schema: v.object({ type: v.literal('stop'), id: commandId }),
  summary: 'Ends the session for good, and gives back its sandbox.',
  examples: [{ type: 'stop' }],
});
