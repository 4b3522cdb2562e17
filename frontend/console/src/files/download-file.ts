// Saves a file of the workspace on the reader's machine, as bytes that no browser opens by itself.
import type { Lucid } from '../lucid.ts';
import { cleanName } from '../workspace/name-upload.ts';
import { readWhole } from './read-file.ts';

/** All of it is in memory until it is saved. */
const savedBytesMax = 256 * 1024 * 1024;

/** @throws Error in words, LucidError */
export async function downloadFile(lucid: Lucid, sessionId: string, path: string, signal: AbortSignal): Promise<void> {
  const type = 'application/octet-stream';
  const blob = await readWhole(lucid, sessionId, path, { bytesMax: savedBytesMax, type, signal });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = cleanName(path.slice(path.lastIndexOf('/') + 1));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // The browser may still be reading it.
}
