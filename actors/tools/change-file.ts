// Changes a text file of the workspace, and describes the change.
import { shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import type { Outcome } from '../../schema/error.ts';
import type { EventMetadata } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { resolveAgentPath } from './agent-path.ts';
import { readText } from './read.ts';
import { removeMark, splitMark } from './text/byte-order-mark.ts';
import { makeUnifiedDiff } from './text/diff.ts';
import type { TextChange } from './text/text-change.ts';
import { makeErrorObservation, type ToolEvent, type ToolRun } from './tool.ts';

const tooLarge = `The file would hold more than ${limits.fileBytesMax} bytes. Change it in the shell instead.`;

/**
 * @param given the path as the agent wrote it
 * @param change makes the new text of the old one, both without byte order mark, or says why it can't; a text that would be
 *   too large to be read again is refused
 */
export async function changeFile(
  given: string,
  { sandbox }: ToolRun,
  change: (text: string) => Outcome<TextChange>,
): Promise<ToolEvent> {
  const path = resolveAgentPath(given, sandbox.root);
  const before = await readText(path, sandbox);
  if (!before.ok) return makeErrorObservation(before.failure.detail);
  const { mark, text } = splitMark(before.value);
  const changed = change(text);
  if (!changed.ok) return makeErrorObservation(`${shownPathOf(path)} was not changed. ${changed.failure.detail}`);
  const { said } = changed.value;
  const isMarkRepeated = mark !== '' && !text.startsWith(mark);
  const content = mark + (isMarkRepeated ? removeMark(changed.value.content) : changed.value.content);
  if (Buffer.byteLength(content) > limits.fileBytesMax) return makeErrorObservation(tooLarge);
  const written = await sandbox.write(path, content);
  if (!written.ok) return makeErrorObservation(written.failure.detail);
  const metadata = describeChange(written.value.path, before.value, content);
  return { eventType: 'FileEditObservation', content: `${said} in ${written.value.path}.`, metadata };
}

export function describeChange(path: string, before: string | undefined, after: string): EventMetadata {
  const diff = before === undefined ? undefined : makeUnifiedDiff(path, before, after);
  return diff === undefined ? { path } : { path, diff };
}
