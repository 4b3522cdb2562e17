// Anthropic's own editor of text files: each of its commands is a call of `read`, `write` or `edit`, or inserts lines.
import * as v from 'valibot';
import { changeFile } from './change-file.ts';
import { editActionOf, editTool } from './edit.ts';
import { readTool } from './read.ts';
import { type Insertion, insertLines } from './text/insertion.ts';
import { type Act, makeUse, type ProviderTool, type ToolUse } from './tool.ts';
import { writeTool } from './write.ts';

const path = v.pipe(v.string(), v.minLength(1));
const lineNumber = (min: number) => v.pipe(v.number(), v.integer(), v.minValue(min));

/** The last line of a `view_range` that goes to the end of the file. */
const toTheEnd = -1;

const Range = v.pipe(
  v.strictTuple([lineNumber(1), lineNumber(toTheEnd)]),
  v.check(([first, last]) => last === toTheEnd || last >= first, 'The last line comes before the first.'),
);

const Input = v.variant('command', [
  v.object({ command: v.literal('view'), path, view_range: v.optional(Range) }),
  v.object({ command: v.literal('create'), path, file_text: v.string() }),
  v.object({
    command: v.literal('str_replace'),
    path,
    old_str: v.pipe(v.string(), v.minLength(1)),
    new_str: v.optional(v.string(), ''),
  }),
  v.pipe(
    v.object({
      command: v.literal('insert'),
      path,
      insert_line: lineNumber(0),
      /** Older models call it `new_str`. */
      insert_text: v.optional(v.string()),
      new_str: v.optional(v.string()),
    }),
    v.check(({ insert_text, new_str }) => (insert_text ?? new_str) !== undefined, 'insert_text is missing.'),
  ),
]);

type Input = v.InferOutput<typeof Input>;

const insertAct: Act<Insertion & { path: string }> = {
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: (input) => editActionOf(input.path),
  run: ({ path, ...insertion }, run) => changeFile(path, run, (content) => insertLines(content, insertion)),
};

function chooseUse(input: Input): ToolUse {
  const { path } = input;
  switch (input.command) {
    case 'view':
      return makeUse(readTool, { path, lineNumbers: true, ...pageOptionsOf(input.view_range) });
    case 'create':
      return makeUse(writeTool, { path, content: input.file_text });
    case 'str_replace':
      return makeUse(editTool, { path, oldText: input.old_str, newText: input.new_str });
    case 'insert':
      return makeUse(insertAct, { path, line: input.insert_line, text: input.insert_text ?? input.new_str ?? '' });
  }
}

function pageOptionsOf(range: [first: number, last: number] | undefined): { offset?: number; limit?: number } {
  if (!range) return {};
  const [offset, last] = range;
  return last === toTheEnd ? { offset } : { offset, limit: last - offset + 1 };
}

export const textEditorTool: ProviderTool<Input> = {
  name: 'str_replace_based_edit_tool',
  description:
    'Views, creates and edits files of the workspace: view shows a file with line numbers, or a folder two levels deep; ' +
    'create writes a whole file; str_replace replaces a text that is in the file exactly once; insert adds lines.',
  providerType: 'text_editor_20250728',
  replaces: ['read', 'write', 'edit'],
  input: Input,
  examples: [
    { command: 'view', path: 'a' },
    { command: 'create', path: 'a', file_text: '' },
    { command: 'str_replace', path: 'a', old_str: 'x', new_str: 'y' },
    { command: 'insert', path: 'a', insert_line: 0, insert_text: 'x' },
  ],
  purposes: ['read', 'edit'],
  toUse: chooseUse,
};
