// What matters of a session besides its standing: what its agent does, or what ended its work. Pure.
import type { SessionReport } from '../session/session-report.ts';
import { groupOf } from './group-sessions.ts';

const doing: Record<string, string> = {
  CmdRunAction: 'Running a command',
  FileWriteAction: 'Writing a file',
  FileEditAction: 'Editing a file',
  FileReadAction: 'Reading a file',
  SearchAction: 'Searching',
  ToolCallAction: 'Calling a tool',
};

/** @returns null where the badge says it all */
export function describeNow(report: SessionReport): string | null {
  if (report.state === 'working') return doing[report.lastEvent?.eventType ?? ''] ?? 'Waiting for the model';
  if (groupOf(report) !== 'needsYou') return null;
  if (report.state === 'failed') return report.lastTurn?.message ?? 'Its conversation says why.';
  return report.lastTurn?.reason === 'interrupted' ? null : (report.lastTurn?.message ?? null);
}
