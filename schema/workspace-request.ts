// What people ask of a session's workspace, on its way to the session's host and back.
import type { Changes, FileDiff } from './change.ts';
import type { FileContent, FilePart, Tree } from './file.ts';

/** Each brings the session's sandbox back. */
export type WorkspaceRequest =
  | { ask: 'listFiles' }
  | { ask: 'readFile'; path: string; part: FilePart }
  | { ask: 'listChanges' }
  | { ask: 'readDiff'; path: string }
  | { ask: 'writeFile'; path: string; content: Uint8Array };

/** The answer to each of them. */
export type WorkspaceAnswers = {
  listFiles: Tree;
  readFile: FileContent;
  listChanges: Changes;
  readDiff: FileDiff;
  writeFile: WrittenFile;
};

/** A file that a person has written, and the event that records it. */
export type WrittenFile = { path: string; sequence: number };

export type WorkspaceAnswer = WorkspaceAnswers[keyof WorkspaceAnswers];
