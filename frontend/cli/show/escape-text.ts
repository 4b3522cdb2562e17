// Makes text of agents, commands and files harmless for a terminal: what a terminal would obey is shown as text.

/** Of C0 and C1 all but tab and new line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * Characters without a shape of their own, which hide text or change its order (bidi, tags), and separators that some
 * terminals take for new lines. Joiners and soft hyphens stay: languages and emoji need them.
 */
const invisible = /(?![\u00ad\u200c\u200d])[\p{Cf}\u2028\u2029]/gu;

const hexOf = (character: string) => (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');

/** U+2400 and on are pictures of C0's characters; C1's have none. */
function showControl(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 0x7f) return '\u2421';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : `<${hexOf(character)}>`;
}

/** Text of any number of lines. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replace(controls, showControl)
    .replace(invisible, (character) => `<U+${hexOf(character)}>`);
}

/** The same on one line. */
export const escapeLine = (text: string): string => escapeText(text).replace(/\s+/g, ' ').trim();

/** The lines of a text, without an empty one for the new line at its end. */
export const linesOf = (text: string): string[] => escapeText(text).replace(/\n$/, '').split('\n');

/** JSON on one line in which nothing is left that a terminal would obey; it says the same. */
export const toJsonLine = (value: unknown): string =>
  JSON.stringify(value)
    .replace(controls, toJsonEscape)
    .replace(invisible, (character) => [...character.split('')].map(toJsonEscape).join(''));

const toJsonEscape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
