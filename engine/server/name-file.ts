// The names of downloaded files: a chat's title, without what file systems or shells take for something else. Pure.
import { cutText } from '../../schema/rules/text.ts';

/** A file system takes 255 bytes, of which a character may need four, and endings follow. */
const stemCharsMax = 48;

/** @param fallback what a file is called whose title has no letter and no digit */
export function nameFile(title: string, fallback: string): string {
  const words = title.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}]+/gu, '-');
  const stem = cutText(words.replace(/^[-\p{M}]+/u, ''), stemCharsMax).replace(/-+$/, '');
  return /[\p{L}\p{N}]/u.test(stem) ? stem : fallback;
}
