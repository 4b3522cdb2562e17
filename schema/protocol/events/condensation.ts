// Summaries that stand for earlier events in the model's context.
import { declareAgentEvents } from './declare-event.ts';

export const condensationEvents = declareAgentEvents({
  CondensationAction: 'A summary of the conversation so far, for the model.',
});
