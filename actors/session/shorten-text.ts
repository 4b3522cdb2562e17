// Shortens an older observation to its two ends, and keeps the line that names the file of a long output.
import { findKeptNote } from '../../sandbox/shell/observed-output.ts';
import { keepHeadAndTail } from '../../schema/rules/head-and-tail.ts';
import { cutText } from '../../schema/rules/text.ts';

/** Less of the ends isn't worth keeping them. */
const endCharsMin = 30;

/** A second time changes nothing. @param charsMax the result's, if it is 100 or more */
export function shortenText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const note = findKeptNote(text);
  const half = Math.floor((charsMax - (note?.length ?? 0) - 2) / 2);
  if (note === undefined || half < endCharsMin) return keepHeadAndTail(text, charsMax);
  const at = text.indexOf(note);
  const tail = text.slice(at + note.length + 1);
  const end = tail.slice(Math.max(0, tail.length - half)).replace(/^[\udc00-\udfff]/, '');
  return `${cutText(text.slice(0, Math.max(0, at - 1)), half)}\n${note}\n${end}`;
}
