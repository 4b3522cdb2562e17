// Searches of the agent in its workspace.
import { declareAgentEvents } from './declare-event.ts';

export const searchEvents = declareAgentEvents({
  SearchAction: 'The agent looks for files or texts.',
  SearchObservation: 'What was found.',
});
