// Failures after which the session goes on.
import { declareAgentEvents } from './declare-event.ts';

export const failureEvents = declareAgentEvents({
  AgentErrorEvent: 'The turn has failed.',
  StorageErrorEvent: 'An event could not be stored; this one is in its place.',
});
