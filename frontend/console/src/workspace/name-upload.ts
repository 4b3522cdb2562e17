// The names of uploaded files, without what deceives. Pure.
import { makeDeceptivePattern } from '../ui/find-deceptive.ts';

/** Longer names don't fit into file systems, which count bytes. */
const nameBytesMax = 200;

const bytesIn = (text: string): number => new TextEncoder().encode(text).length;

/** @returns a name that is no path and holds no character that deceives */
export function cleanName(name: string): string {
  const cleaned = name
    .replace(makeDeceptivePattern(), '')
    .trim()
    .replace(/[/\\\n\t]+/g, '-');
  const [, stem = '', ending = ''] = /^(.*?)(\.[^.]{1,16})?$/s.exec(cleaned) ?? [];
  const shortened = shorten(stem, nameBytesMax - bytesIn(ending)) + ending;
  return /^\.{0,2}$/.test(shortened) ? 'file' : shortened;
}

function shorten(stem: string, bytesMax: number): string {
  const characters = [...stem];
  while (bytesIn(characters.join('')) > bytesMax) characters.pop();
  return characters.join('');
}

/** Browsers give every pasted image the same name, so it is told by when it was pasted. */
export const nameOfPasted = (name: string, now: Date): string =>
  name === 'image.png' ? `pasted-${now.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')}.png` : name;
