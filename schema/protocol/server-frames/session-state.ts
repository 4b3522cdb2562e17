// The frame `session_state`: how the session stands now, for a client that comes and whenever it changes; never stored.
import * as v from 'valibot';
import { exampleNow, SessionNow } from '../../session-now.ts';
import { declareServerFrame } from '../declare-frame.ts';
import { exampleSession } from '../examples.ts';

export const sessionState = declareServerFrame({
  schema: v.object({
    type: v.literal('session_state'),
    sessionId: v.string(),
    now: SessionNow,
  }),
  summary:
    'How the session stands now, whole: it takes the place of the one before. It comes to each client that comes, and to all when it has changed, several times a second at most.',
  addition: 'frames that say how the session stands: model, usage, share of the context, what waits to be read',
  examples: [{ type: 'session_state', sessionId: exampleSession.sessionId, now: exampleNow }],
});
