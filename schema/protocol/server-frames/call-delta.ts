// The frame `call_delta`: a part of a call's input that is being written; never stored.
import * as v from 'valibot';
import { wholeNumber } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const callDelta = declareServerFrame({
  schema: v.object({
    type: v.literal('call_delta'),
    sessionId: v.string(),
    toolCallId: v.string(),
    /** The tool, as the model calls it. */
    tool: v.string(),
    text: v.string(),
    /** How many characters were left out before this text, where a model writes faster than frames are sent. */
    skippedChars: v.optional(wholeNumber),
  }),
  summary:
    'A part of the JSON that the model is writing as the input of a call. The action that follows has the same `toolCallId`; a call that is cut off has none.',
  addition: 'the input of a call while it is written',
  examples: [
    {
      type: 'call_delta',
      sessionId: exampleSession.sessionId,
      toolCallId: 'toolu_01A09q90qw90lq917835lq9',
      tool: 'write',
      text: '{"path": "hello.py", "content": "print(',
    },
  ],
});
