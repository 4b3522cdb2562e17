// Commands that the agent runs.
import { declareAgentEvents } from './declare-event.ts';

export const commandRunEvents = declareAgentEvents({
  CmdRunAction: 'The agent runs a command.',
  CmdOutputObservation: 'What the command printed, and its exit code; without one it runs in the background.',
  CmdInputAction: 'The agent reads what a command in the background has printed, types into it or ends it.',
});
