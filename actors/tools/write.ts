// Writes a whole file in the session's workspace.
import * as v from 'valibot';
import { shownPath } from '../../sandbox/path.ts';
import { workspacePath } from './agent-path.ts';
import { changedMetadata } from './change-file.ts';
import { textOf } from './read.ts';
import { errorObservation, type Tool } from './tool.ts';

const Input = v.object({
  path: v.pipe(v.string(), v.minLength(1), v.description('The file, from the root of the workspace.')),
  content: v.pipe(v.string(), v.description('All that the file is to hold.')),
});

export const write: Tool<v.InferOutput<typeof Input>> = {
  name: 'write',
  description:
    'Writes a whole file: makes it, with the folders that it needs, or replaces what it held. Use edit for a change of ' +
    'a part. Returns where the file is.',
  input: Input,
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: ({ path, content }) => ({ eventType: 'FileWriteAction', content, metadata: { path: shownPath(path) } }),
  run: async ({ path: given, content }, { sandbox }) => {
    const path = workspacePath(given, sandbox.root);
    const before = await textOf(path, sandbox);
    const written = await sandbox.write(path, content);
    if (!written.ok) return errorObservation(written.failure.detail);
    return {
      eventType: 'FileWriteObservation',
      content: `Wrote ${content.length} characters to ${written.value.path}.`,
      metadata: changedMetadata(written.value.path, before.ok ? before.value : undefined, content),
    };
  },
};
