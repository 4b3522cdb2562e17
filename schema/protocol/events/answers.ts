// What the model says to the user.
import { declareAgentEvents } from './declare-event.ts';

export const answerEvents = declareAgentEvents({
  MessageAction: 'What the agent says.',
  AgentFinishAction: 'The agent says that the task is done.',
});
