// What a word of a shell line comes to, as far as that can be known without running it.
import type { Word, WordPart } from 'unbash';

const expansions: ReadonlySet<string> = new Set([
  'SimpleExpansion',
  'ParameterExpansion',
  'CommandExpansion',
  'ArithmeticExpansion',
  'ProcessSubstitution',
  'BraceExpansion',
]);

/** Variables whose value is known well enough, by what stands for them in a path. */
const knownVariables = new Map([
  ['$HOME', '~'],
  [`\${HOME}`, '~'],
  ['$PWD', '.'],
  [`\${PWD}`, '.'],
  ['$TMPDIR', '/tmp'],
  [`\${TMPDIR}`, '/tmp'],
]);

/** The word without its quotes; undefined where only the shell knows what it comes to. Patterns stay as they are. */
export function literalOf({ parts, value }: Pick<Word, 'parts' | 'value'>): string | undefined {
  if (!parts) return value;
  let text = '';
  for (const part of parts) {
    const known = textOf(part);
    if (known === undefined) return undefined;
    text += known;
  }
  return text;
}

function textOf(part: WordPart): string | undefined {
  if (part.type === 'DoubleQuoted' || part.type === 'LocaleString') {
    const texts = part.parts.map(textOf);
    return texts.includes(undefined) ? undefined : texts.join('');
  }
  if (part.type === 'SimpleExpansion' || part.type === 'ParameterExpansion') return knownVariables.get(part.text);
  if (expansions.has(part.type)) return undefined;
  return 'value' in part ? part.value : part.text;
}
