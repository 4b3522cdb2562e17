// The routes of sessions: create, list, read, stop, and send a message.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { commandId, nonBlankText } from '../fields.ts';
import { sessionFields } from '../session-fields.ts';

/** The header of the same name; with it a request is done once, however often it is sent. */
export const IdempotencyKey = v.object({
  'Idempotency-Key': v.optional(
    v.pipe(
      v.string(),
      v.maxLength(limits.idCharsMax),
      v.regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters without a space'),
    ),
  ),
});

/** The body of `POST /api/v1/sessions`. */
export const CreateSession = v.object({
  ...sessionFields,
  task: nonBlankText(limits.taskCharsMax),
  autoStart: v.nullish(v.boolean(), false),
});

/** The body of `POST /api/v1/sessions/{id}/messages`. */
export const SendMessage = v.object({ id: commandId, content: nonBlankText(limits.taskCharsMax) });
