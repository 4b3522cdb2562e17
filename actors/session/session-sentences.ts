// What a session tells people in its own words.
import { failed } from '../../schema/error.ts';

export const movedRefusal = failed('noAnswer', 'The session moved to another owner; send the command again.', {
  retryAfterMs: 1_000,
});

export const mockSentence = 'Running in mock mode: no model key is configured, so a script plays the agent.';
export const readySentence = 'The agent is ready.';
export const timeoutSentence = 'The turn was ended: it took longer than CONVERSATION_TIMEOUT allows.';
export const interruptedSentence = 'The turn was interrupted.';
export const notStartedSentence = 'The task was interrupted before the agent began.';
