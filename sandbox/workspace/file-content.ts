// Encodes a file's content for clients: as text where it is text, as base64 where it isn't.
import type { FileContent } from '../../schema/file.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param size of the whole file, of which these bytes may be a part */
export function encodeContent(bytes: Buffer, size: number): FileContent {
  const part = bytes.length < size ? { size } : {};
  if (bytes.includes(0)) return { content: bytes.toString('base64'), encoding: 'base64', ...part };
  try {
    return { content: strictUtf8.decode(bytes), ...part };
  } catch {
    return { content: bytes.toString('base64'), encoding: 'base64', ...part };
  }
}
