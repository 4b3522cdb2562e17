// What the engine tells the model and the user on the way.
import { declareAgentEvents } from './declare-event.ts';

export const noticeEvents = declareAgentEvents({
  AgentNotice: 'A word of the engine to the model.',
  ProjectKnowledge: 'What the engine found of the project before the first step; the model reads it.',
  ProjectNotes: 'The notes of a folder that the work has reached; the model reads them.',
  RepositoryCloned: 'The repository is in the workspace.',
  UserFileChange: 'A person has written a file into the workspace; the model reads it before its next step.',
  WorkspaceSetup:
    'What the repository asks for before the work is done, or was done, or is left out; the model reads it.',
  WorkspaceEmptied: 'The workspace of an earlier turn is gone.',
  WorkspaceRestored: 'The workspace was lost, and its files are back as they were after an earlier event.',
  SnapshotFailed: 'The workspace could not be kept outside of its sandbox; told once until it can be again.',
});
