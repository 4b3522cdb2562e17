// The language of a file by its name: its rules are loaded when the first such file is shown.
import { LanguageDescription, type LanguageSupport } from '@codemirror/language';
import { languages } from '@codemirror/language-data';

/** Longer lines are data, and colouring them would hold the page up. */
const colouredLineCharsMax = 5_000;

/** @returns undefined where it is known by no name, or would take too long to colour */
export function loadLanguage(path: string, text: string): Promise<LanguageSupport> | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const language = LanguageDescription.matchFilename(languages, name);
  return language && !hasLineOver(text, colouredLineCharsMax) ? language.load() : undefined;
}

export function hasLineOver(text: string, charsMax: number): boolean {
  for (let from = 0; from + charsMax < text.length; ) {
    const end = text.indexOf('\n', from);
    if ((end < 0 ? text.length : end) - from > charsMax) return true;
    from = end + 1;
  }
  return false;
}
