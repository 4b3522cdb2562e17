// The frame `answer`: what the user answers to a question of the agent.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { declareClientFrame } from '../declare-frame.ts';
import { commandId, idText, nonBlankText } from '../fields.ts';

/** Over REST too. */
export const answerFields = { id: commandId, toolCallId: idText, content: nonBlankText(limits.taskCharsMax) };

export const answer = declareClientFrame({
  schema: v.object({ type: v.literal('answer'), ...answerFields }),
  summary:
    'Answers the question of the call `toolCallId`; the turn goes on with it. A second answer to one call is refused (`alreadyDecided`), unless it is the same under the same `id`.',
  examples: [{ type: 'answer', id: 'a-1', toolCallId: 'call-7', content: 'PostgreSQL' }],
});
