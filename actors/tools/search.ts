// Searches the files of the session's workspace with ripgrep, or with grep where the sandbox has no ripgrep.
import * as v from 'valibot';
import { workspace } from '../../sandbox/sandbox.ts';
import { isKeptPath } from '../../sandbox/shell/kept-output.ts';
import { resolveInWorkspace, shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import { succeeded } from '../../schema/error.ts';
import { resolveAgentPath } from './agent-path.ts';
import { writeSearchCommand } from './search-command.ts';
import { SearchOutput, searchMatchesMax } from './search-output.ts';
import { makeErrorObservation, type Tool, type ToolEvent } from './tool.ts';

/** A search through a workspace; ripgrep takes a second for a gigabyte. */
export const searchTimeoutMs = 30_000;

/** A command line can't hold NUL. */
const describeWord = (description: string) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.check((text) => !text.includes('\0'), 'It holds a NUL character.'),
    v.description(description),
  );

const Input = v.object({
  pattern: describeWord('A regular expression, matched against each line.'),
  path: v.optional(
    v.pipe(v.string(), v.minLength(1), v.description('The file or folder to search; the whole project without it.')),
  ),
  glob: v.optional(
    describeWord('Only files whose path fits, such as "*.ts" or "src/**/*.py"; "!*.md" leaves files out.'),
  ),
  ignoreCase: v.optional(v.pipe(v.boolean(), v.description('Whether upper and lower case are the same.'))),
});

type Input = v.InferOutput<typeof Input>;

export const searchTool: Tool<Input> = {
  name: 'search',
  description: `Finds lines of files in the workspace that match a regular expression (ripgrep's, as in Rust: escape a \
literal bracket). Returns them as path:line: text, at most \
${searchMatchesMax} of them. Files that git ignores are left out, unless path names them. Use it to find where \
something is, rather than the shell.`,
  input: Input,
  takesPath: true,
  examples: [{ pattern: 'x' }],
  purposes: ['search'],
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  action: ({ pattern, path = workspace, glob }) => ({
    eventType: 'SearchAction',
    content: pattern,
    metadata: { path: shownPathOf(path), ...(glob !== undefined && { glob }) },
  }),
  run: async ({ path: given = '.', ...wanted }, { sandbox, signal, commandTimeoutMs, folder }) => {
    const path = isKeptPath(given) ? succeeded(given) : resolveInWorkspace(resolveAgentPath(given, sandbox.root));
    if (!path.ok) return makeErrorObservation(path.failure.detail);
    const command = writeSearchCommand({ ...wanted, path: path.value }, sandbox.root, folder);
    const timeoutMs = Math.min(searchTimeoutMs, commandTimeoutMs);
    const output = new SearchOutput();
    let isHeard = false;
    const onOutput = (chunk: Buffer) => {
      isHeard = true;
      output.addChunk(chunk);
    };
    const result = await sandbox.run(command, { signal, timeoutMs, isSeparate: true, onOutput });
    if (!result.ok) return makeErrorObservation(result.failure.detail);
    if (result.value.kind === 'cancelled') return makeErrorObservation('The search was interrupted.');
    if (result.value.kind === 'timedOut') return makeErrorObservation(writeTimeoutNote(timeoutMs));
    if (!isHeard) output.addChunk(Buffer.from(result.value.output));
    return makeSearchObservation(output.finishOutput(), result.value.exitCode, path.value);
  },
};

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
