// The frame `status`: how a session stands, as an event; or, without a position, whether the database answers, or that the
// session's engine can't be reached.
import * as v from 'valibot';
import { statuses, turnEnds, Usage } from '../../event.ts';
import { position, timestamp, unanswered } from '../answer-fields.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

/** Those of the engines, which are never stored. */
const engineStatuses = ['storage_unavailable', 'storage_restored', 'moving'] as const;

export const status = declareServerFrame({
  schema: v.object({
    type: v.literal('status'),
    status: v.optional(v.picklist([...statuses, ...engineStatuses])), // A damaged row has none.
    ...v.partial(v.object(position)).entries,
    message: v.string(),
    timestamp: v.optional(timestamp),
    reason: v.optional(v.picklist(turnEnds)),
    usage: v.optional(Usage),
    unanswered,
  }),
  summary:
    'How the session stands. `completed` ends a turn and says in `reason` why; `stopped` is the last frame, with what a turn has used that it cut. Without a `sequence` it says that the database went away or is back; or, with `moving`, that the engine that has the session can’t be reached from the client’s, until the next frame of the session.',
  referenceFields: ['type', 'status', 'sessionId', 'message'],
  examples: [
    {
      type: 'status',
      status: 'completed',
      sessionId: exampleSession.sessionId,
      epoch: 1,
      sequence: 12,
      message: 'Agent finished the task.',
      timestamp: exampleSession.createdAt,
      reason: 'finished',
      usage: {
        inputTokens: 2048,
        outputTokens: 310,
        cachedTokens: 1024,
        cacheWriteTokens: 0,
        steps: 3,
        durationMs: 8200,
        costUsd: 0.0123,
      },
    },
    {
      type: 'status',
      status: 'storage_unavailable',
      message: 'The database does not answer. What was sent is kept and will be stored once it is back.',
    },
    {
      type: 'status',
      status: 'moving',
      sessionId: exampleSession.sessionId,
      message:
        'The engine that has the session cannot be reached. The session goes on as soon as it, or another one, can.',
    },
  ],
});
