// What people ask of a session's workspace, on its way to the session's host and back.
import type { Changes, FileDiff } from './change.ts';
import type { FileBytes, FileContent, FilePart, Patch, Tree, WorkspaceEntry } from './file.ts';

/** Each brings the session's sandbox back. */
export type WorkspaceRequest =
  | { ask: 'listFiles' }
  | { ask: 'readFile'; path: string; part: FilePart }
  | { ask: 'listChanges' }
  | { ask: 'readDiff'; path: string }
  | { ask: 'listAll' }
  | { ask: 'readBytes'; path: string; offset: number }
  | { ask: 'makePatch' }
  | { ask: 'readPatch'; patch: Patch; offset: number }
  | { ask: 'writeFile'; path: string; content: Uint8Array };

/** The answer to each of them. */
export type WorkspaceAnswers = {
  listFiles: Tree;
  readFile: FileContent;
  listChanges: Changes;
  readDiff: FileDiff;
  listAll: WorkspaceEntry[];
  readBytes: FileBytes;
  makePatch: Patch;
  readPatch: Uint8Array;
  writeFile: WrittenFile;
};

/** A file that a person has written, and the event that records it. */
export type WrittenFile = { path: string; sequence: number };

export type WorkspaceAnswer = WorkspaceAnswers[keyof WorkspaceAnswers];
