// What the agent plans.
import { declareAgentEvents } from './declare-event.ts';

export const planEvents = declareAgentEvents({
  PlanAction: 'What the agent means to do, whole, and how far it is: `plan` has the items.',
});
