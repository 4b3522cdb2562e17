// Replaces an exact piece of a text and leaves every other byte alone; where it can't, says what would help.
import { type Outcome, succeeded } from '../../../schema/error.ts';
import { limits } from '../../../schema/limits.ts';
import { byteOrderMark, removeMark } from './byte-order-mark.ts';
import { hintLinesMax, occurrencesMax, showLine, writeHints } from './hints.ts';
import { adoptLineEnds, findLineNumber, linesOf } from './lines.ts';
import { refuseChange, type TextChange } from './text-change.ts';

export type Replacement = {
  oldText: string;
  newText: string;
  /** Where false, the old text has to be there exactly once. */
  replaceAll?: boolean | undefined;
};

/** Makes replacements one after the other, or none of them. */
export function replaceTexts(content: string, replacements: readonly Replacement[]): Outcome<TextChange> {
  const [only] = replacements;
  if (only && replacements.length === 1) return replaceText(content, only);
  let text = content;
  for (const [at, replacement] of replacements.entries()) {
    const changed = replaceText(text, replacement);
    if (!changed.ok) return refuseChange(`Edit ${at + 1} of ${replacements.length}: ${changed.failure.detail}`);
    text = changed.value.content;
  }
  return succeeded({ content: text, said: `Made ${replacements.length} edits` });
}

export function replaceText(content: string, { replaceAll = false, ...texts }: Replacement): Outcome<TextChange> {
  const [asWritten = ''] = adoptLineEnds(content, texts.oldText, texts.newText);
  const { oldText, newText } = content.includes(asWritten) ? texts : removeMarks(texts);
  const [old = '', fresh = ''] = adoptLineEnds(content, oldText, newText.toWellFormed());
  if (old === '') return refuseChange('The old text is empty. Give the text that is to be replaced.');
  if (old === fresh) return refuseChange('The old text and the new text are the same.');
  const places = findPlaces(content, old, replaceAll ? old.length : 1);
  const [first] = places;
  if (first === undefined) return refuseChange(`The old text is not in it. ${writeHints(content, oldText)}`);
  if (replaceAll) return replaceEverywhere(content, old, fresh);
  if (places.length > 1) return refuseChange(describeAmbiguity(content, places));
  const after = content.slice(0, first) + fresh + content.slice(first + old.length);
  return succeeded({ content: after, said: `Replaced the text at line ${findLineNumber(content, first)}` });
}

/** A text that was copied from a file's beginning may hold its byte order mark, which stays where it is. */
const removeMarks = ({ oldText, newText }: { oldText: string; newText: string }) =>
  oldText.startsWith(byteOrderMark)
    ? { oldText: removeMark(oldText), newText: removeMark(newText) }
    : { oldText, newText };

/** The length is checked before the text is made: a short text for every letter of a file would take all memory. */
function replaceEverywhere(content: string, old: string, fresh: string): Outcome<TextChange> {
  const pieces = content.split(old);
  const count = pieces.length - 1;
  const length = content.length + count * (fresh.length - old.length);
  if (length > limits.fileBytesMax)
    return refuseChange(`The file would hold ${length} characters; at most ${limits.fileBytesMax} can be edited.`);
  return succeeded({ content: pieces.join(fresh), said: `Replaced ${count} ${count === 1 ? 'text' : 'texts'}` });
}

/**
 * Finds a text. A half of a surrogate pair is found nowhere: in the file it is a part of another character.
 * @param stride how far behind one place the next may begin; at 1 places overlap
 */
function findPlaces(content: string, text: string, stride: number): number[] {
  if (!text.isWellFormed()) return [];
  const places: number[] = [];
  let at = content.indexOf(text);
  while (at >= 0 && places.length < occurrencesMax) {
    places.push(at);
    at = content.indexOf(text, at + stride);
  }
  return places;
}

function describeAmbiguity(content: string, places: readonly number[]): string {
  const lines = linesOf(content);
  const numbers = [...new Set(places.slice(0, hintLinesMax).map((at) => findLineNumber(content, at)))];
  const count = places.length < occurrencesMax ? `${places.length}` : `at least ${places.length}`;
  const more = places.length > hintLinesMax ? '\n…' : '';
  return (
    `The old text is in it ${count} times, beginning in these lines. Add lines around the one that you mean, or replace ` +
    `all of them if that is what you want.\n${numbers.map((number) => showLine(lines, number)).join('\n')}${more}`
  );
}
