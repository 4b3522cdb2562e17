// The first message of a WebSocket: a new session, or a session to attach to. It has no `type`.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { exampleSession } from '../examples.ts';
import { emptyAsAbsent, secretText, text } from '../fields.ts';
import { sessionFields } from '../session-fields.ts';
import { sequence } from './sequence.ts';

export const FirstMessage = v.object({
  ...sessionFields,
  task: emptyAsAbsent(text(limits.taskCharsMax)),
  /** The JWT where it verifies as one, otherwise the git token. */
  token: emptyAsAbsent(secretText),
  session_id: emptyAsAbsent(text(limits.idCharsMax)),
  epoch: v.nullish(sequence),
  last_sequence: v.nullish(sequence),
  /** Whether a new session begins even where one with the same task lost its client a moment ago. */
  new: v.nullish(v.boolean(), false),
});
export type FirstMessage = v.InferOutput<typeof FirstMessage>;

export const firstMessage = {
  schema: FirstMessage,
  summary:
    'What the client wants: a new session for a `task`, or to follow the session `session_id` from the event that it saw last.',
  examples: [
    {
      task: 'Fix the login bug',
      repoUrl: 'https://github.com/user/repo',
      branch: 'main',
      gitToken: 'ghp_xxxx',
      gitUserName: 'Ada',
      gitUserEmail: 'ada@example.com',
      modelProvider: 'anthropic',
      apiKey: 'sk-ant-xxxx',
    },
    { session_id: exampleSession.sessionId, epoch: 1, last_sequence: 7 },
  ] satisfies v.InferInput<typeof FirstMessage>[],
};
