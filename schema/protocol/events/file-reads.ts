// Files that the agent reads.
import { declareAgentEvents } from './declare-event.ts';

export const fileReadEvents = declareAgentEvents({
  FileReadAction: 'The agent reads a file, or a part.',
  FileReadObservation: 'What the agent read.',
});
