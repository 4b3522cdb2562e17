// What the engine tells the model and the user on the way.
import { declareAgentEvents } from './declare-event.ts';

export const noticeEvents = declareAgentEvents({
  AgentNotice: 'A word of the engine to the model.',
  RepositoryCloned: 'The repository is in the workspace.',
  UserFileChange: 'A person has written a file into the workspace; the model reads it before its next step.',
  WorkspaceEmptied: 'The workspace of an earlier turn is gone.',
});
