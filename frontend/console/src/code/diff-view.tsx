// The two sides of a changed file, beside each other or as one text.
import { goToNextChunk, goToPreviousChunk, MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { colourLater, readOnly } from './read-only.ts';
import { diffTheme } from './theme.ts';

type Side = { text: string; numbers: readonly (number | null)[] };

export type DiffViewProps = {
  path: string;
  before: Side;
  after: Side;
  isSideBySide: boolean;
  /** Whether long stretches without a change are folded. */
  isFolded: boolean;
  /** To the file before (-1) or after this one. */
  onStep(step: -1 | 1): void;
};

/** Beyond this a change is shown by whole lines: exact comparison would hold the page up. */
const diffConfig = { scanLimit: 500, timeout: 300 };
const folding = { margin: 3, minSize: 6 };

export default function DiffView(props: DiffViewProps) {
  const { path, before, after, isSideBySide, isFolded, onStep } = props;
  const parent = useRef<HTMLDivElement>(null);
  const step = useRef(onStep);
  step.current = onStep;
  const shownPath = useRef('');
  const scroll = useRef(0);
  useEffect(() => {
    if (!parent.current) return;
    if (shownPath.current !== path) scroll.current = 0;
    shownPath.current = path;
    const shown = { path, before, after, isFolded, parent: parent.current, step: (by: -1 | 1) => step.current(by) };
    const view = openDiff(shown, isSideBySide);
    view.scroller.scrollTop = scroll.current;
    return () => {
      scroll.current = view.scroller.scrollTop;
      view.destroy();
    };
  }, [path, before, after, isSideBySide, isFolded]);
  return <div ref={parent} className="min-h-0 flex-1 overflow-hidden" />;
}

type Shown = Pick<DiffViewProps, 'path' | 'before' | 'after' | 'isFolded'> & {
  parent: HTMLElement;
  step(by: -1 | 1): void;
};
type Opened = { scroller: HTMLElement; destroy(): void };

function openDiff(shown: Shown, isSideBySide: boolean): Opened {
  if (shown.before.numbers.length === 0) return openOneSide(shown, shown.after, 'New file', 'cm-newFile');
  if (shown.after.numbers.length === 0) return openOneSide(shown, shown.before, 'Deleted file', 'cm-deletedFile');
  return isSideBySide ? openSideBySide(shown) : openUnified(shown);
}

/** All of a new file, or of one that is gone. */
function openOneSide({ path, parent, step }: Shown, side: Side, label: string, name: string): Opened {
  const language = colourLater(path, side.text);
  const view = new EditorView({
    parent,
    doc: side.text.replace(/\n$/, ''), // The new line at the end begins no line.
    extensions: [
      sideExtensions(side, label, step),
      EditorView.editorAttributes.of({ class: name }),
      language.extension,
    ],
  });
  language.colour(view);
  return { scroller: view.scrollDOM, destroy: () => view.destroy() };
}

function openSideBySide({ path, before, after, isFolded, parent, step }: Shown): Opened {
  const [left, right] = [colourLater(path, before.text), colourLater(path, after.text)];
  const view = new MergeView({
    parent,
    a: { doc: before.text, extensions: [sideExtensions(before, 'Before', step), left.extension] },
    b: { doc: after.text, extensions: [sideExtensions(after, 'After', step), right.extension] },
    diffConfig,
    ...(isFolded && { collapseUnchanged: folding }),
  });
  view.dom.classList.add('h-full', 'overflow-auto');
  left.colour(view.a);
  right.colour(view.b);
  return { scroller: view.dom, destroy: () => view.destroy() };
}

function openUnified({ path, before, after, isFolded, parent, step }: Shown): Opened {
  const language = colourLater(path, after.text);
  const view = new EditorView({
    parent,
    doc: after.text,
    extensions: [
      sideExtensions(after, 'Changes', step),
      language.extension,
      unifiedMergeView({
        original: before.text,
        mergeControls: false,
        diffConfig,
        ...(isFolded && { collapseUnchanged: folding }),
      }),
    ],
  });
  language.colour(view);
  return { scroller: view.scrollDOM, destroy: () => view.destroy() };
}

/** What deceives was replaced before the two sides were compared; here its signs are made to stand out. */
const sign = Decoration.mark({ class: 'cm-specialChar' });
const signMatcher = new MatchDecorator({ regexp: /⟨U\+[0-9A-F]{4,6}⟩/g, decoration: sign });
const signs = ViewPlugin.define(
  (view) => ({
    decorations: signMatcher.createDeco(view),
    update(update: ViewUpdate) {
      this.decorations = signMatcher.updateDeco(update, this.decorations);
    },
  }),
  { decorations: ({ decorations }) => decorations },
);

const sideExtensions = ({ numbers }: Side, label: string, step: Shown['step']): Extension => {
  const stepBy = (by: -1 | 1) => () => {
    step(by);
    return true;
  };
  return [
    readOnly(label),
    lineNumbers({ formatNumber: (line) => String(numbers[line - 1] ?? '') }),
    EditorView.lineWrapping,
    EditorState.tabSize.of(4),
    keymap.of([
      { key: 'j', run: stepBy(1) },
      { key: 'k', run: stepBy(-1) },
      { key: 'n', run: goToNextChunk },
      { key: 'p', run: goToPreviousChunk },
    ]),
    signs,
    diffTheme,
  ];
};
