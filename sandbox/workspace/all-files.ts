// Everything that a workspace holds, as its archive needs it: found by one command beside the agent's, of any names.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { WorkspaceEntry } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import type { Capture } from '../shell/capture.ts';
import { quoteForBash } from '../shell/shell-lines.ts';
import { escapedTextOf } from './escaped-text.ts';

/** A hundred thousand files are found in a second. */
const listTimeoutMs = 10_000;
/** Each entry takes some 30 bytes, its path and a link's target. */
const listBytesMax = 8 * 1024 * 1024;

const tooMany = failed('fileTooLarge', `The workspace holds more than ${limits.archiveEntriesMax} files and folders.`);
const notListed = failed('sandboxFailed', 'The files of the workspace could not be listed.');

/** What git itself keeps is left out. */
const listCommandOf = (root: string): string => `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd -P -- ${quoteForBash(root)} && find . -mindepth 1 -name .git -prune -o -type f,d,l -printf '%y %s %m %Ts\\0%l\\0%P\\0' 2>/dev/null
:`;

/** @returns `fileTooLarge` where it holds more than `limits.archiveEntriesMax` */
export async function listAllFiles(root: string, capture: Capture): Promise<Outcome<WorkspaceEntry[]>> {
  const output = await capture(listCommandOf(root), { timeoutMs: listTimeoutMs, bytesMax: listBytesMax });
  if (!output.ok) return output;
  if (output.value.isCut) return tooMany;
  if (output.value.exitCode !== 0) return notListed;
  const entries = parseListing(output.value.bytes);
  return entries.length > limits.archiveEntriesMax ? tooMany : succeeded(entries);
}

const kinds = { f: 'file', d: 'folder', l: 'link' } as const;

/** Reads three records that end with NUL for each entry; what makes no sense is left out. */
export function parseListing(output: Buffer): WorkspaceEntry[] {
  const entries: WorkspaceEntry[] = [];
  let at = 0;
  const next = () => {
    const end = output.indexOf(0, at);
    const record = end < 0 ? undefined : output.subarray(at, end);
    at = end < 0 ? output.length : end + 1;
    return record;
  };
  for (let facts = next(); facts; facts = next()) {
    const target = next();
    const path = next();
    const [, type, size, mode, modifiedAtS] =
      /^([fdl]) (\d{1,15}) ([0-7]{1,4}) (-?\d{1,12})/.exec(facts.toString('latin1')) ?? [];
    if (type === undefined || !target || !path || path.length === 0) continue;
    entries.push({
      path: escapedTextOf(path),
      kind: kinds[type as keyof typeof kinds],
      size: Number(size),
      mode: Number.parseInt(mode ?? '', 8),
      modifiedAtS: Math.max(0, Number(modifiedAtS)),
      ...(type === 'l' && { target: escapedTextOf(target) }),
    });
  }
  return entries;
}
