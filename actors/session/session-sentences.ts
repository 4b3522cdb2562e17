// What a session tells people, and its agent, in its own words.
export const mockSentence = 'Running in mock mode: no model key is configured, so a script plays the agent.';
export const readySentence = 'The agent is ready.';
export const timeoutSentence = 'The turn was ended: its time was up.';
export const interruptedTurnSentence = 'The turn was interrupted.';
export const overdueWaitSentence = 'The turn was ended: nobody answered in the time that the policy allows.';
export const unrunSentence = 'The turn ended before this call was run.';
export const unansweredSentence = 'The turn ended before the user had answered.';
export const notStartedSentence = 'The task was interrupted before the agent began.';
export const lostCallSentence =
  'The session lost its engine during this call, and goes on at another, or at the same once it ran again.';
