// The words of a search in a text, as the engine finds them: whole or begun, in any case.

export type Part = { text: string; isFound: boolean };

const word = /[\p{L}\p{N}\p{M}]+/gu;

/** @returns the whole text in parts, of which the found ones are words */
export function highlightWords(text: string, search: string): Part[] {
  const wanted = (normalize(search).match(word) ?? []).map(String);
  const parts: Part[] = [];
  let at = 0;
  for (const found of wanted.length === 0 ? [] : text.matchAll(word)) {
    if (!wanted.some((begin) => normalize(found[0]).startsWith(begin))) continue;
    parts.push({ text: text.slice(at, found.index), isFound: false }, { text: found[0], isFound: true });
    at = found.index + found[0].length;
  }
  parts.push({ text: text.slice(at), isFound: false });
  return parts.filter((part) => part.text !== '');
}

const normalize = (text: string): string => text.normalize('NFC').toLowerCase();
