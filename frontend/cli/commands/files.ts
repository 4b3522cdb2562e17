// `lucid files`: the workspace of a session, its tree and its files.
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import path from 'node:path';
import { limits } from '../../../schema/limits.ts';
import type { Lucid } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';
import { escapeLine, linesOf, toJsonLine } from '../show/escape-text.ts';
import { filesOf } from '../show/tree-changes.ts';

export type FilesOptions = EngineOptions & { json?: boolean };

export async function listFiles(sessionId: string, options: FilesOptions, context: Context): Promise<ExitCode> {
  const { tree, truncated } = await (await openClient(options, context)).files.list(sessionId);
  if (options.json) context.print([toJsonLine({ tree, ...(truncated && { truncated }) })]);
  else if (tree.length === 0) context.note('The workspace is empty.');
  else context.print([...filesOf(tree)].sort().map(escapeLine));
  if (truncated && !options.json) context.note('The workspace holds more files than are listed.');
  return exitCodes.done;
}

/** A terminal gets text that it can't obey; anything else gets the bytes as they are. */
export async function showFile(
  sessionId: string,
  file: string,
  options: FilesOptions,
  context: Context,
): Promise<ExitCode> {
  const lucid = await openClient(options, context);
  for await (const bytes of readParts(lucid, sessionId, file)) {
    if (context.stdout.isTTY) context.print(linesOf(bytes.toString()));
    else context.stdout.write(bytes);
  }
  return exitCodes.done;
}

export async function saveFile(
  sessionId: string,
  file: string,
  target: string | undefined,
  options: FilesOptions & { force?: boolean },
  context: Context,
): Promise<ExitCode> {
  // The agent chose the file's name, so only its last part counts here.
  const saved = target ?? path.basename(file);
  if (['', '.', '..'].includes(saved)) throw new UsageError('Say where to save it: lucid files get ID PATH TARGET.');
  if (existsSync(saved) && !options.force)
    throw new UsageError(`${escapeLine(saved)} is there already: --force replaces it.`);
  const parts = readParts(await openClient(options, context), sessionId, file);
  const first = await parts.next(); // A file that isn't there leaves nothing behind.
  const output = createWriteStream(saved, { flags: options.force ? 'w' : 'wx' });
  let bytes = 0;
  for (let part = first; !part.done; part = await parts.next()) {
    bytes += part.value.length;
    if (!output.write(part.value)) await once(output, 'drain');
  }
  await new Promise<void>((resolve, reject) => {
    output.once('error', reject);
    output.end(resolve);
  });
  context.print([options.json ? toJsonLine({ path: saved, bytes }) : `${escapeLine(saved)}: ${bytes} bytes`]);
  return exitCodes.done;
}

/** As many as the engine gives at once, until all of the file is there. */
async function* readParts(lucid: Lucid, sessionId: string, file: string): AsyncGenerator<Buffer, undefined> {
  for (let offset = 0; ; ) {
    const part = await lucid.files.read(sessionId, file, { offset, length: limits.fileBytesMax });
    const bytes = Buffer.from(part.content, part.encoding ?? 'utf8');
    yield bytes;
    offset += bytes.length;
    if (bytes.length === 0 || part.size === undefined || offset >= part.size) return undefined;
  }
}
