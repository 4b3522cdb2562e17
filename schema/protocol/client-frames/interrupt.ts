// The frame `interrupt`: the turn ends, the session goes on.
import * as v from 'valibot';
import { declareClientFrame } from '../declare-frame.ts';
import { commandId } from '../fields.ts';

export const interrupt = declareClientFrame({
  schema: v.object({ type: v.literal('interrupt'), id: commandId }),
  summary: 'Ends the turn. The session goes on with the next message.',
  examples: [{ type: 'interrupt', id: 'i-1' }],
});
