// The frame `ack`, of the event that records a command: the command is stored.
import * as v from 'valibot';
import { commandEventTypes } from '../../event.ts';
import { decisions } from '../../wait.ts';
import { position, timestamp, truncated, wholeNumber } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const ack = declareServerFrame({
  schema: v.object({
    type: v.literal('ack'),
    /** The command's id: the client's, or one that the engine made. */
    id: v.nullable(v.string()),
    ...position,
    eventType: v.picklist(commandEventTypes),
    content: v.string(),
    /** Of an answer and a decision: the call that it is about. */
    toolCallId: v.optional(v.string()),
    decision: v.optional(v.picklist(decisions)),
    truncated,
    /** The files that came with a message; `mediaType` is that of an image, which the model is shown. */
    attachments: v.optional(
      v.array(v.strictObject({ path: v.string(), size: wholeNumber, mediaType: v.exactOptional(v.string()) })),
    ),
    timestamp,
  }),
  summary: 'The command with this `id` is stored: it will not be lost, and sent again it is still one command.',
  addition: 'frames that acknowledge commands',
  examples: [
    {
      type: 'ack',
      id: 'm-1',
      sessionId: exampleSession.sessionId,
      epoch: 1,
      sequence: 13,
      eventType: 'UserMessage',
      content: 'Now add unit tests',
      timestamp: exampleSession.updatedAt,
    },
  ],
});
