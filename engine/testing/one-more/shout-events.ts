// The types of events of the tool `shout`.
import { declareAgentEvents } from '../../../schema/protocol/events/declare-event.ts';

export const shoutEvents = declareAgentEvents({
  ShoutAction: 'The agent shouts a text.',
  ShoutObservation: 'What was heard.',
});
