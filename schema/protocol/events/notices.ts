// What the engine tells the model and the user on the way.
import { declareAgentEvents } from './declare-event.ts';

export const noticeEvents = declareAgentEvents({
  AgentNotice: 'A word of the engine to the model.',
  RepositoryCloned: 'The repository is in the workspace.',
  WorkspaceEmptied: 'The workspace of an earlier turn is gone.',
});
