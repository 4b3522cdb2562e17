// The frame `agent_output`: what a command prints while it runs; never stored.
import * as v from 'valibot';
import { wholeNumber } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const agentOutput = declareServerFrame({
  schema: v.object({
    type: v.literal('agent_output'),
    sessionId: v.string(),
    toolCallId: v.string(),
    text: v.string(),
    /** How many characters were left out before this text, where a command prints faster than frames are sent. */
    skippedChars: v.optional(wholeNumber),
  }),
  summary: 'What the running command printed. The observation that follows has what the agent reads of it.',
  addition: 'what a command prints while it runs',
  examples: [
    {
      type: 'agent_output',
      sessionId: exampleSession.sessionId,
      toolCallId: 'call-1',
      text: '3 passed\n',
    },
  ],
});
