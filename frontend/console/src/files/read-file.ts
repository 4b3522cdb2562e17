// Reads a file of the workspace: a part to be shown, or all of it, part by part, to be kept.
import type { Lucid } from '../lucid.ts';
import { type DecodedPart, decodePart } from './decode-part.ts';
import { type Recognised, recogniseImage } from './recognise-image.ts';

/** As much as an editor shows at once without waiting; the engine gives at most 1 MB. */
export const shownBytesMax = 512 * 1024;
const partBytes = 1024 * 1024;

export type ShownFile = DecodedPart & { image: Recognised | undefined };

export async function readShown(lucid: Lucid, sessionId: string, path: string, offset: number): Promise<ShownFile> {
  const part = decodePart(await lucid.files.read(sessionId, path, { offset, length: shownBytesMax }), offset);
  return { ...part, image: offset === 0 ? recogniseImage(part.bytes) : undefined };
}

type Reading = { bytesMax: number; type: string; signal: AbortSignal; onProgress?(bytes: number): void };

/** @throws Error where it is larger than may be held; LucidError */
export async function readWhole(
  lucid: Lucid,
  sessionId: string,
  path: string,
  { bytesMax, type, signal, onProgress }: Reading,
): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let [offset, size] = [0, 1]; offset < size; ) {
    const answer = await lucid.files.read(sessionId, path, { offset, length: partBytes }, { signal });
    const part = decodePart(answer, offset);
    size = part.size;
    if (size > bytesMax) throw new Error('It is too large to be fetched like this: download the workspace.');
    if (part.bytes.length === 0) break; // It has become shorter meanwhile.
    parts.push(new Uint8Array(part.bytes));
    offset += part.bytes.length;
    onProgress?.(offset);
  }
  return new Blob(parts, { type });
}
