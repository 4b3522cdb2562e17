// Searches the files of the session's workspace, or finds them by their names, with ripgrep where the sandbox has it.
import * as v from 'valibot';
import { workspace } from '../../sandbox/sandbox.ts';
import { isKeptPath } from '../../sandbox/shell/kept-output.ts';
import { resolveInWorkspace, shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { resolveAgentPath } from './agent-path.ts';
import { type FileSearch, writeFindCommand } from './find-command.ts';
import { FindOutput } from './find-output.ts';
import { type Search, writeSearchCommand } from './search-command.ts';
import { SearchOutput, searchMatchesMax } from './search-output.ts';
import { makeErrorObservation, type Tool, type ToolEvent, type ToolRun } from './tool.ts';

/** A search through a workspace; ripgrep takes a second for a gigabyte. */
export const searchTimeoutMs = 30_000;

/** A command line can't hold NUL. */
const word = v.pipe(
  v.string(),
  v.minLength(1),
  v.check((text) => !text.includes('\0'), 'It holds a NUL character.'),
);

const Input = v.object({
  pattern: v.optional(word),
  path: v.optional(v.pipe(v.string(), v.minLength(1))),
  glob: v.optional(v.pipe(word, v.description('such as *.ts or src/**/*.py; !*.md leaves files out'))),
  ignoreCase: v.optional(v.boolean()),
});

type Input = v.InferOutput<typeof Input>;

export const searchTool: Tool<Input> = {
  name: 'search',
  description: `Finds lines that match a regular expression (ripgrep's), as path:line: text; without a pattern, files by their \
names, the newest first. At most ${searchMatchesMax}, without what git ignores unless path names it. Use it rather than the shell.`,
  input: Input,
  takesPath: true,
  examples: [{ pattern: 'x' }],
  purposes: ['search'],
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  action: ({ pattern, path = workspace, glob }) => ({
    eventType: 'SearchAction',
    content: pattern ?? glob ?? '',
    metadata: { path: shownPathOf(path), ...(glob !== undefined && { glob }) },
  }),
  run: async ({ path: given = '.', pattern, ...wanted }, run) => {
    const isKept = isKeptPath(given) && pattern !== undefined;
    const path = isKept ? succeeded(given) : resolveInWorkspace(resolveAgentPath(given, run.sandbox.root));
    if (!path.ok) return makeErrorObservation(path.failure.detail);
    const search = { ...wanted, path: path.value };
    return pattern === undefined ? findFiles(search, run) : searchLines({ ...search, pattern }, run);
  },
};

async function searchLines(search: Search, run: ToolRun): Promise<ToolEvent> {
  const output = new SearchOutput();
  const result = await runSearch(writeSearchCommand(search, run.sandbox.root, run.folder), output, run);
  return result.ok
    ? makeSearchObservation(output.finishOutput(), result.value, search.path)
    : makeErrorObservation(result.failure.detail);
}

async function findFiles(search: FileSearch, run: ToolRun): Promise<ToolEvent> {
  const output = new FindOutput();
  const result = await runSearch(writeFindCommand(search, run.sandbox.root, run.folder), output, run);
  if (!result.ok) return makeErrorObservation(result.failure.detail);
  if (output.count === 0 && output.message !== '') return makeErrorObservation(`The search failed. ${output.message}`);
  return { eventType: 'SearchObservation', content: output.toText(), metadata: { path: search.path } };
}

/** @returns the exit code */
async function runSearch(
  command: string,
  output: { addChunk(chunk: Buffer): void },
  { sandbox, signal, commandTimeoutMs }: ToolRun,
): Promise<Outcome<number>> {
  const timeoutMs = Math.min(searchTimeoutMs, commandTimeoutMs);
  let isHeard = false;
  const onOutput = (chunk: Buffer) => {
    isHeard = true;
    output.addChunk(chunk);
  };
  const result = await sandbox.run(command, { signal, timeoutMs, isSeparate: true, onOutput });
  if (!result.ok) return result;
  if (result.value.kind === 'cancelled') return failed('sandboxFailed', 'The search was interrupted.');
  if (result.value.kind === 'timedOut') return failed('sandboxFailed', writeTimeoutNote(timeoutMs));
  if (!isHeard) output.addChunk(Buffer.from(result.value.output));
  return succeeded(result.value.exitCode);
}

const writeTimeoutNote = (timeoutMs: number) =>
  `The search took longer than ${timeoutMs / 1_000} s and was ended. Search a smaller folder, or fewer files with a glob.`;

/** What both programs report where nothing matched. */
const nothingFound = 1;

function makeSearchObservation(
  { matches, messages, hasMore }: SearchOutput,
  exitCode: number,
  path: string,
): ToolEvent {
  if (matches.length === 0 && exitCode > nothingFound)
    return makeErrorObservation(`The search failed. ${messages.join('\n')}`);
  const lines = [
    ...matches.map((match) => (isKeptPath(path) ? match.slice(`${path}:`.length) : match)),
    ...(matches.length === 0 ? ['No line matches.'] : []),
    ...(hasMore ? [`[More than ${matches.length} lines match; these are the first. Ask more precisely.]`] : []),
    ...messages,
  ];
  return { eventType: 'SearchObservation', content: `${lines.join('\n')}\n`, metadata: { path } };
}
