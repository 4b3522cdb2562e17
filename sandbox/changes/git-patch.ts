// The patch of all changes, which git leaves in a file of the session's home, so that it is read no faster than it is wanted.
import { randomBytes } from 'node:crypto';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Patch } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import type { Capture } from '../shell/capture.ts';
import { type ComparedFolder, patchCommandOf } from './git-script.ts';

const readTimeoutMs = 10_000;
/** The answer to how long a patch is. */
const sizeBytesMax = 100;

const tooLarge = failed('fileTooLarge', `The changes make a patch of more than ${limits.patchBytesMax} bytes.`);
export const tooManyPatches = failed('overloaded', 'Too many patches of this session are read at once.', {
  retryAfterMs: 5_000,
});
const gone = failed('sandboxFailed', 'The patch is not there any more.');

const fileOf = (id: string): string => `~/.cache/lucid/patches/${id}`;

/** @param run asks git, and says why there is nothing to compare */
export async function makeGitPatch(
  folder: ComparedFolder,
  run: (command: string, bytesMax: number) => ReturnType<Capture>,
): Promise<Outcome<Patch>> {
  const id = randomBytes(8).toString('hex');
  const made = await run(patchCommandOf(folder, fileOf(id), limits.patchBytesMax), sizeBytesMax);
  if (!made.ok) return made;
  const size = Number(made.value.bytes.toString('latin1').trim());
  if (size > limits.patchBytesMax) return tooLarge;
  return Number.isSafeInteger(size) ? succeeded({ id, size }) : gone;
}

/** Reads a part; the file is removed with its last one. */
export async function readGitPatch(
  { id, size }: Patch,
  offset: number,
  capture: Capture,
): Promise<Outcome<Uint8Array>> {
  if (!/^[0-9a-f]{16}$/.test(id)) return gone;
  const isLast = offset + limits.fileBytesMax >= size;
  const command = `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
file=${fileOf(id)}
dd if="$file" iflag=skip_bytes,count_bytes,fullblock,nofollow,nonblock bs=65536 skip=${offset} count=${limits.fileBytesMax} status=none 2>/dev/null || exit 1
${isLast ? 'rm -f' : 'touch -ch'} -- "$file"
:`;
  const part = await capture(command, { timeoutMs: readTimeoutMs, bytesMax: limits.fileBytesMax });
  if (!part.ok) return part;
  return part.value.exitCode === 0 ? succeeded(part.value.bytes) : gone;
}
