// CodeMirror in the colours and letters of the console, which follow the system by themselves.
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const color = (name: string) => `var(--color-${name})`;

const marked = { backgroundColor: color('warn-soft'), color: color('warn'), borderRadius: '4px', padding: '0 2px' };

const look = EditorView.theme({
  '&': { backgroundColor: color('surface'), color: color('text'), fontSize: 'var(--text-sm)', height: '100%' },
  '&.cm-focused': { outline: `2px solid ${color('accent')}`, outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.5', overflow: 'auto' },
  '.cm-content': { caretColor: color('accent'), padding: '8px 0' },
  '.cm-gutters': { backgroundColor: color('surface'), color: color('muted'), border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 8px 0 12px' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: color('accent-soft'),
  },
  '.cm-cursor': { borderLeftColor: color('accent') },
  '.cm-specialChar': marked,
  '.cm-panels': { backgroundColor: color('raised'), color: color('text'), borderColor: color('line') },
  '.cm-panels.cm-panels-top': { borderBottom: `1px solid ${color('line')}` },
  '.cm-textfield': {
    border: `1px solid ${color('line-strong')}`,
    borderRadius: '4px',
    backgroundColor: color('surface'),
  },
  '.cm-button': { backgroundImage: 'none', backgroundColor: color('surface'), border: `1px solid ${color('line')}` },
  '.cm-searchMatch': { backgroundColor: color('warn-soft'), outline: `1px solid ${color('warn')}` },
  '.cm-searchMatch.cm-searchMatch-selected': { backgroundColor: color('accent-soft') },
});

/** Over the merge view's own, whose colours are not the console's. */
const lookOfDiffs = EditorView.theme({
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: color('bad-soft') },
  '&.cm-deletedFile .cm-line': { backgroundColor: color('bad-soft') },
  '&.cm-newFile .cm-line': { backgroundColor: color('good-soft') },
  '&.cm-merge-b .cm-changedLine, .cm-insertedLine': { backgroundColor: color('good-soft') },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': {
    background: 'none',
    boxShadow: `inset 0 -2px ${color('bad')}`,
  },
  '&.cm-merge-b .cm-changedText': { background: 'none', boxShadow: `inset 0 -2px ${color('good')}` },
  '&.cm-merge-b .cm-deletedText': { background: 'none', boxShadow: `inset 0 -2px ${color('bad')}` },
  '&.cm-merge-a .cm-changedLineGutter, .cm-deletedLineGutter': { background: color('bad') },
  '&.cm-merge-b .cm-changedLineGutter': { background: color('good') },
  '.cm-collapsedLines': {
    background: color('sunken'),
    color: color('muted'),
    fontFamily: 'var(--font-sans)',
    fontSize: 'var(--text-xs)',
  },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: 'none' },
});

const letters = HighlightStyle.define([
  { tag: [tags.comment, tags.meta, tags.processingInstruction], color: color('muted'), fontStyle: 'italic' },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.tagName], color: color('info') },
  { tag: [tags.string, tags.regexp, tags.special(tags.string), tags.attributeValue], color: color('good') },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.unit, tags.escape], color: color('warn') },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.attributeName], color: color('accent') },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: color('accent') },
  { tag: [tags.heading, tags.strong], fontWeight: '600' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strikethrough, textDecoration: 'line-through' },
  { tag: tags.invalid, color: color('bad') },
]);

export const codeTheme: Extension = [look, syntaxHighlighting(letters)];
export const diffTheme: Extension = [codeTheme, lookOfDiffs];
