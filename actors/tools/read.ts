// Reads a file of the session's workspace, or lists a folder of it.
import * as v from 'valibot';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { isKeptPath } from '../../sandbox/shell/kept-output.ts';
import { resolveInWorkspace, shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { LineRange } from '../../schema/event.ts';
import { resolveAgentPath } from './agent-path.ts';
import { isPdf } from './read-document.ts';
import { readKept } from './read-kept.ts';
import { readUnlessText } from './read-unless-text.ts';
import { writeListing } from './text/listing.ts';
import { cutPage, type PageOptions } from './text/page.ts';
import { makeErrorObservation, type Tool } from './tool.ts';

const Input = v.object({
  path: v.pipe(v.string(), v.minLength(1)),
  offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.description('first line, from 1 on'))),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.description('lines'))),
  lineNumbers: v.optional(v.boolean()),
});

export const readTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'read',
  description:
    'Returns a text file, or lines of it; of a folder, what is in it, two levels deep. A large file is cut, and the answer ' +
    'says which lines it holds: read on with offset. Read a file before you edit it. An image (PNG, JPEG, GIF or WebP) is ' +
    'shown to you; of a PDF you get the text of its pages, which offset and limit count, and with a limit of 1 to 5 pictures ' +
    'of them too.',
  input: Input,
  takesPath: true,
  examples: [{ path: 'a' }],
  purposes: ['read'],
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  action: ({ path, ...page }) => ({
    eventType: 'FileReadAction',
    content: shownPathOf(path),
    metadata: { path: shownPathOf(path), ...linesMetadataOf(page) },
  }),
  run: async ({ path: given, ...page }, run) => {
    const { sandbox } = run;
    const path = resolveAgentPath(given, sandbox.root);
    const shown = isKeptPath(given) ? await readKept(given, page, run) : await readPage(path, page, sandbox);
    const picture = !shown.ok && isNoText(shown.failure) && (await readUnlessText(path, page, run));
    if (picture) return picture;
    if (!shown.ok) return makeErrorObservation(shown.failure.detail);
    return {
      eventType: 'FileReadObservation',
      content: shown.value,
      metadata: { path: shownPathOf(path), ...linesMetadataOf(page) },
    };
  },
};

/** The lines that a call asks for; nothing where it asks for the whole file. */
function linesMetadataOf({ offset: first = 1, limit }: PageOptions): { lines?: LineRange } {
  if (first === 1 && limit === undefined) return {};
  return { lines: { first, ...(limit !== undefined && { last: first + limit - 1 }) } };
}

async function readPage(path: string, page: PageOptions, sandbox: Sandbox): Promise<Outcome<string>> {
  const file = await readText(path, sandbox);
  if (file.ok && isPdf(file.value)) return failed('invalid', 'The file is a PDF.');
  const isNoFile = !file.ok && file.failure.code === 'notAFile';
  return file.ok ? cutPage(file.value, page) : (isNoFile && (await listFolder(path, sandbox))) || file;
}

const isNoText = ({ code }: Failure): boolean => code === 'invalid' || code === 'fileTooLarge';

/** Reads a whole text file; a failure says what to do instead. */
export async function readText(path: string, sandbox: Sandbox): Promise<Outcome<string>> {
  const file = await sandbox.read(path);
  if (file.ok && file.value.encoding === undefined) return succeeded(file.value.content);
  if (file.ok) return failed('invalid', 'The file is not text. Look at it in the shell, with file or xxd.');
  if (file.failure.code !== 'fileTooLarge') return file;
  return failed('fileTooLarge', `${file.failure.detail} In the shell, sed -n '1,200p' shows lines of it.`);
}

/** @returns undefined where the path names no folder */
async function listFolder(path: string, sandbox: Sandbox): Promise<Outcome<string> | undefined> {
  const inside = resolveInWorkspace(path);
  const tree = await sandbox.list(path);
  if (!inside.ok || (!tree.ok && tree.failure.code === 'noSuchFile')) return undefined;
  return tree.ok ? succeeded(writeListing(tree.value, inside.value)) : tree;
}
