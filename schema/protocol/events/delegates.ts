// Parts of the work that the agent gives to agents of its own.
import { declareAgentEvents } from './declare-event.ts';

export const delegateEvents = declareAgentEvents({
  DelegateAction: 'A task for a sub-agent. Its events follow, each with this call as `parentToolCallId`.',
  DelegateObservation: 'What the sub-agent reports, which is all that the agent reads of its work.',
});
