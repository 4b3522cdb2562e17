// Files that the agent writes or edits.
import { declareAgentEvents } from './declare-event.ts';

export const fileChangeEvents = declareAgentEvents({
  FileWriteAction: 'The agent writes a file.',
  FileWriteObservation: 'The file is written.',
  FileEditAction: 'The agent replaces a part of a file.',
  FileEditObservation: 'The file is changed; `diff` shows how.',
});
