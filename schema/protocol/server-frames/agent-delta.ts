// The frame `agent_delta`: a fragment of an answer that is being written; never stored.
import * as v from 'valibot';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const agentDelta = declareServerFrame({
  schema: v.object({
    type: v.literal('agent_delta'),
    sessionId: v.string(),
    text: v.string(),
    isThought: v.optional(v.literal(true)),
  }),
  summary:
    'A fragment of the answer, or of a thought, that the model is writing. The event that follows has all of it.',
  addition: 'fragments of an answer while it is written',
  examples: [{ type: 'agent_delta', sessionId: exampleSession.sessionId, text: 'I will add ' }],
});
