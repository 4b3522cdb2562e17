// Changes a text file of the workspace: reads it, writes what it becomes, and says what that was.
import { shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import type { Outcome } from '../../schema/error.ts';
import type { EventMetadata } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { workspacePath } from './agent-path.ts';
import type { Change } from './change.ts';
import { unifiedDiff } from './diff.ts';
import { markAndText, withoutMark } from './mark.ts';
import { textOf } from './read.ts';
import { errorObservation, type Recorded, type ToolRun } from './tool.ts';

const tooLarge = `The file would hold more than ${limits.fileBytesMax} bytes. Change it in the shell instead.`;

/**
 * @param given the path as the agent wrote it
 * @param change says what the text becomes, or why it can't, the byte order mark left aside; what would be too large to
 *   be read again is refused
 */
export async function changeFile(
  given: string,
  { sandbox }: ToolRun,
  change: (text: string) => Outcome<Change>,
): Promise<Recorded> {
  const path = workspacePath(given, sandbox.root);
  const before = await textOf(path, sandbox);
  if (!before.ok) return errorObservation(before.failure.detail);
  const { mark, text } = markAndText(before.value);
  const changed = change(text);
  if (!changed.ok) return errorObservation(`${shownPathOf(path)} was not changed. ${changed.failure.detail}`);
  const { said } = changed.value;
  const isMarkRepeated = mark !== '' && !text.startsWith(mark);
  const content = mark + (isMarkRepeated ? withoutMark(changed.value.content) : changed.value.content);
  if (Buffer.byteLength(content) > limits.fileBytesMax) return errorObservation(tooLarge);
  const written = await sandbox.write(path, content);
  if (!written.ok) return errorObservation(written.failure.detail);
  const metadata = changedMetadata(written.value.path, before.value, content);
  return { eventType: 'FileEditObservation', content: `${said} in ${written.value.path}.`, metadata };
}

export function changedMetadata(path: string, before: string | undefined, after: string): EventMetadata {
  const diff = before === undefined ? undefined : unifiedDiff(path, before, after);
  return diff === undefined ? { path } : { path, diff };
}
