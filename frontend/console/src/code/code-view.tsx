// A file's text, to be read: what changes in it is changed in place, so that one goes on reading where one was.
import { foldGutter, foldKeymap } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { showDeceptive } from '../ui/find-deceptive.ts';
import { hasLineOver } from './language.ts';
import { colourLater, readOnly } from './read-only.ts';
import { codeTheme } from './theme.ts';

/** `hasNumbers`: false for a later part of a large file, whose first line's number isn't known. */
export type CodeViewProps = { path: string; text: string; hasNumbers: boolean };

/** Longer lines go on to the right: wrapped, one of megabytes takes the editor seconds. */
const wrappedLineCharsMax = 20_000;

export default function CodeView({ path, text, hasNumbers }: CodeViewProps) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const first = useRef(text);
  first.current = text;
  useEffect(() => {
    if (!parent.current) return;
    const opened = open(parent.current, path, first.current, hasNumbers);
    view.current = opened;
    return () => {
      view.current = null;
      opened.destroy();
    };
  }, [path, hasNumbers]);
  useEffect(() => {
    if (view.current) replaceText(view.current, text);
  }, [text]);
  return <div ref={parent} className="min-h-0 flex-1 overflow-hidden" />;
}

function open(parent: HTMLElement, path: string, text: string, hasNumbers: boolean): EditorView {
  const language = colourLater(path, text);
  const opened = new EditorView({
    parent,
    doc: text,
    extensions: [
      readOnly(`Content of ${showDeceptive(path.slice(path.lastIndexOf('/') + 1))}`),
      EditorState.tabSize.of(4),
      hasNumbers ? [lineNumbers(), foldGutter(), keymap.of(foldKeymap)] : [],
      hasLineOver(text, wrappedLineCharsMax) ? [] : EditorView.lineWrapping,
      language.extension,
      codeTheme,
    ],
  });
  language.colour(opened);
  return opened;
}

/** Only what differs is replaced. */
function replaceText(view: EditorView, text: string): void {
  const before = view.state.doc.toString();
  if (before === text) return;
  const shorter = Math.min(before.length, text.length);
  let from = 0;
  while (from < shorter && before[from] === text[from]) from++;
  let end = 0;
  while (end < shorter - from && before.at(-1 - end) === text.at(-1 - end)) end++;
  view.dispatch({ changes: { from, to: before.length - end, insert: text.slice(from, text.length - end) } });
}
