// The frame `message`: one more message of the user.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { choiceFields } from '../choice-fields.ts';
import { declareClientFrame } from '../declare-frame.ts';
import { attachedPaths, commandId, nonBlankText } from '../fields.ts';

export const message = declareClientFrame({
  schema: v.object({
    type: v.literal('message'),
    id: commandId,
    content: nonBlankText(limits.taskCharsMax),
    attachments: attachedPaths,
    ...choiceFields,
  }),
  summary:
    'One more message of the user. A turn that goes on reads it before its next step; otherwise it begins one. Sent again under the same `id` it is the same message. A frame with `content` and no `type` is one, too.',
  examples: [{ type: 'message', id: 'm-1', content: 'Now add unit tests' }],
});
