// Pages that the agent fetches.
import { declareAgentEvents } from './declare-event.ts';

export const fetchEvents = declareAgentEvents({
  FetchAction: 'The agent fetches a page.',
  FetchObservation: 'What the page says, as Markdown.',
});
