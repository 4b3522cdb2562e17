// Calls whose result comes from a person: questions, plans, and calls that want an approval.
import { declareAgentEvents } from './declare-event.ts';

export const waitEvents = declareAgentEvents({
  AskUserAction: 'The agent asks the user something; the turn waits for the answer.',
  AskUserObservation: 'What came of a question that nobody answered.',
  PresentPlanAction: 'The agent presents its plan; the turn waits for a decision about it.',
  PresentPlanObservation: 'What was decided about the plan.',
  ApprovalWanted: 'A call is run only if a person allows it; the turn waits for the decision.',
});
