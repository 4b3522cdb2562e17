// What the model thinks.
import { declareAgentEvents } from './declare-event.ts';

export const thoughtEvents = declareAgentEvents({
  ThinkAction: 'A thought of the agent.',
  HiddenThought: 'A thought that the provider of the model keeps to itself.',
});
