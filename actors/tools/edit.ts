// Replaces pieces of a file of the session's workspace: all that one call asks for, or none.
import * as v from 'valibot';
import { shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import { changeFile } from './change-file.ts';
import { replaceTexts } from './text/replacement.ts';
import type { Tool } from './tool.ts';

/** Edits of one call: each searches the whole file. */
const editsMax = 100;

const Replacement = v.object({
  oldText: v.pipe(v.string(), v.minLength(1)),
  newText: v.string(),
  replaceAll: v.optional(v.boolean()),
});

const Input = v.object({
  path: v.pipe(v.string(), v.minLength(1)),
  edits: v.pipe(
    v.array(Replacement),
    v.minLength(1),
    v.check((edits) => edits.length <= editsMax, `At most ${editsMax} edits fit into one call.`),
  ),
});

export const editTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'edit',
  description:
    'Replaces texts in a file, in order, all or none. Each oldText must be in it exactly once, or use replaceAll: copy it with its ' +
    'indentation and enough lines around it. Otherwise the answer shows the nearest lines, or where it occurs.',
  input: Input,
  takesPath: true,
  readInput: gatherEdits,
  examples: [{ path: 'a', edits: [{ oldText: 'x', newText: 'y' }] }],
  purposes: ['edit'],
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: ({ path }) => ({
    eventType: 'FileEditAction',
    content: shownPathOf(path),
    metadata: { path: shownPathOf(path) },
  }),
  run: ({ path, edits }, run) => changeFile(path, run, (content) => replaceTexts(content, edits)),
};

/** Models also write a single edit without the list, and the list as a text of JSON. */
function gatherEdits(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  const { edits, ...rest } = input as Record<string, unknown>;
  if (typeof edits === 'string') return { ...rest, edits: parseEdits(edits) };
  return edits === undefined && 'oldText' in rest ? { ...rest, edits: [rest] } : input;
}

function parseEdits(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
