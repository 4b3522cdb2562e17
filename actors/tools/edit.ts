// Replaces a piece of a file of the session's workspace.
import * as v from 'valibot';
import { shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import { changeFile } from './change-file.ts';
import { replaceText } from './text/replacement.ts';
import type { Tool, ToolEvent } from './tool.ts';

const Input = v.object({
  path: v.pipe(v.string(), v.minLength(1), v.description('The file, from the root of the workspace.')),
  oldText: v.pipe(
    v.string(),
    v.minLength(1),
    v.description('What is to be replaced: exactly as it is in the file, with its indentation and line ends.'),
  ),
  newText: v.pipe(v.string(), v.description('What takes its place; empty to take the old text out.')),
  replaceAll: v.optional(v.pipe(v.boolean(), v.description('Replaces each occurrence rather than the only one.'))),
});

export const editTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'edit',
  description:
    'Replaces a piece of a file by another and changes nothing else. The old text has to be in the file exactly once: ' +
    'copy it from the file, with enough lines around it to be the only one. Where it is not, nothing is changed, and the ' +
    'answer shows the nearest lines, or where it occurs.',
  input: Input,
  examples: [{ path: 'a', oldText: 'x', newText: 'y' }],
  purposes: ['edit'],
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: ({ path }) => editActionOf(path),
  run: ({ path, ...replacement }, run) => changeFile(path, run, (content) => replaceText(content, replacement)),
};

export const editActionOf = (path: string): ToolEvent => ({
  eventType: 'FileEditAction',
  content: shownPathOf(path),
  metadata: { path: shownPathOf(path) },
});
