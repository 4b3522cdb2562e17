// What a session tells people in its own words.
export const mockSentence = 'Running in mock mode: no model key is configured, so a script plays the agent.';
export const readySentence = 'The agent is ready.';
export const timeoutSentence = 'The turn was ended: it took longer than CONVERSATION_TIMEOUT allows.';
export const interruptedTurnSentence = 'The turn was interrupted.';
export const notStartedSentence = 'The task was interrupted before the agent began.';
