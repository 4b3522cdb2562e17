// What files and diffs have in common: they are read, searched and copied by keyboard, and what deceives is marked.
import { defaultKeymap } from '@codemirror/commands';
import { search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightSpecialChars, keymap } from '@codemirror/view';
import { makeDeceptivePattern, nameOf, signOf } from '../ui/find-deceptive.ts';
import { loadLanguage } from './language.ts';

export const readOnly = (label: string): Extension => [
  EditorState.readOnly.of(true),
  EditorState.lineSeparator.of('\n'),
  EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', inputmode: 'none', tabindex: '0' }),
  drawSelection(),
  highlightSpecialChars({ specialChars: makeDeceptivePattern(), render: showSign }),
  search({ top: true }),
  keymap.of([...defaultKeymap, ...searchKeymap]),
];

function showSign(code: number): HTMLElement {
  const character = String.fromCodePoint(code);
  const sign = document.createElement('span');
  sign.className = 'cm-specialChar';
  sign.textContent = signOf(character);
  sign.title = nameOf(character);
  return sign;
}

/** The colours of a file's language, which come when its rules are there. */
export function colourLater(path: string, text: string): { extension: Extension; colour(view: EditorView): void } {
  const language = new Compartment();
  const loading = loadLanguage(path, text);
  return {
    extension: language.of([]),
    colour: (view) =>
      void loading?.then(
        (support) => view.dispatch({ effects: language.reconfigure(support) }),
        () => undefined, // Without its rules the text is there all the same.
      ),
  };
}
