// The frame `error`: something was refused or failed; with a position it is an event that ends the session.
import * as v from 'valibot';
import { errorCodes } from '../../error.ts';
import { inputErrors, position, timestamp, unanswered, wholeNumber } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';

export const error = declareServerFrame({
  schema: v.object({
    type: v.literal('error'),
    message: v.string(),
    code: v.optional(v.picklist(errorCodes)),
    retryable: v.boolean(),
    /** The id of the command that was refused. */
    id: v.optional(v.string()),
    errors: v.optional(inputErrors),
    retryAfterMs: v.optional(wholeNumber),
    unanswered,
    ...v.partial(v.object(position)).entries,
    timestamp: v.optional(timestamp),
  }),
  summary:
    'What was refused or has failed. Where it ends the connection, the close code comes right behind; with a `sequence` it is an event that ended the session.',
  referenceFields: ['type', 'message'],
  examples: [
    { type: 'error', message: 'content: must not be empty', code: 'badMessage', retryable: false, id: 'm-1' },
    {
      type: 'error',
      message: 'The engine is going away; connect again.',
      code: 'draining',
      retryable: true,
      retryAfterMs: 1000,
    },
  ],
});
