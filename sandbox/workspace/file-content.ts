// The content of a file as clients get it: text where it is text, base64 where it isn't.
import type { FileContent } from '../../schema/file.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param size the whole file's, of which these bytes may be a part */
export function encodeContent(bytes: Buffer, size: number): FileContent {
  const part = bytes.length < size ? { size } : {};
  if (bytes.includes(0)) return { content: bytes.toString('base64'), encoding: 'base64', ...part };
  try {
    return { content: strictUtf8.decode(bytes), ...part };
  } catch {
    return { content: bytes.toString('base64'), encoding: 'base64', ...part };
  }
}
