// Calls of the model that no tool has events of its own for.
import { declareAgentEvents } from './declare-event.ts';

export const otherCallEvents = declareAgentEvents({
  ToolCallAction: 'The model asked for something that no tool does.',
  ErrorObservation: 'A call has failed, and why.',
});
