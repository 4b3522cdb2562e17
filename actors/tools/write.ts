// Writes a whole file in the session's workspace.
import * as v from 'valibot';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import { limits } from '../../schema/limits.ts';
import { resolveAgentPath } from './agent-path.ts';
import { describeChange } from './change-file.ts';
import { readText } from './read.ts';
import { keepForm } from './text/kept-form.ts';
import { makeErrorObservation, type Tool } from './tool.ts';

const Input = v.object({
  path: v.pipe(v.string(), v.minLength(1)),
  content: v.string(),
});

export const writeTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'write',
  description:
    'Writes a whole file: makes it, with the folders that it needs, or replaces what it held. Use edit for a change of ' +
    'a part. Returns where the file is.',
  input: Input,
  takesPath: true,
  examples: [{ path: 'a', content: '' }],
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: ({ path, content }) => ({ eventType: 'FileWriteAction', content, metadata: { path: shownPathOf(path) } }),
  run: async ({ path: given, content: wanted }, { sandbox }) => {
    const path = resolveAgentPath(given, sandbox.root);
    const before = await readHeld(path, sandbox);
    const { content, said } = keepForm(before.beginning, wanted);
    const written = await sandbox.write(path, content);
    if (!written.ok) return makeErrorObservation(written.failure.detail);
    return {
      eventType: 'FileWriteObservation',
      content: [`Wrote ${content.length} characters to ${written.value.path}.`, ...said, ...before.said].join(' '),
      metadata: describeChange(written.value.path, before.whole, content),
    };
  },
};

/** What a file holds: all of it where that can be read as text, and its beginning where it is only large. */
type Held = { whole?: string; beginning: string; said: string[] };

async function readHeld(path: string, sandbox: Sandbox): Promise<Held> {
  const file = await readText(path, sandbox);
  if (file.ok) return { whole: file.value, beginning: file.value, said: [] };
  if (file.failure.code === 'invalid')
    return { beginning: '', said: ['What it held before was not text in UTF-8; it is now.'] };
  return { beginning: file.failure.code === 'fileTooLarge' ? await readFileStart(path, sandbox) : '', said: [] };
}

async function readFileStart(path: string, sandbox: Sandbox): Promise<string> {
  const part = await sandbox.read(path, { length: limits.fileBytesMax });
  if (!part.ok) return '';
  // A cut through the last character makes the whole part base64.
  return Buffer.from(part.value.content, part.value.encoding ?? 'utf8').toString('utf8');
}
