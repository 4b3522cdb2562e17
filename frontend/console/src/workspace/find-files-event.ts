// Finds by a session's events when its files may have changed. Pure.
import type { SessionEvent } from '../lucid.ts';

const changing: ReadonlySet<string> = new Set([
  'FileWriteObservation',
  'FileEditObservation',
  'CmdOutputObservation',
  'UserFileChange',
  'RepositoryCloned',
  'WorkspaceEmptied',
  'WorkspaceRestored',
]);

/** @returns the sequence of the last event after which files may be others; 0 for none */
export const findFilesEvent = (events: readonly SessionEvent[]): number =>
  events.findLast((event) => 'eventType' in event && changing.has(event.eventType))?.sequence ?? 0;
