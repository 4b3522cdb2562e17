// Cuts a long text in its middle, so that its beginning and its end stay.
import { cutText } from './text.ts';

/** Room for the sentence that says what was left out. */
const noteChars = 80;

/**
 * The beginning and the end of a text, half each; the characters between are counted.
 * @param charsMax the result's, if it is 100 or more: less than the sentence takes isn't possible
 */
export function keepHeadAndTail(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const half = Math.max(0, Math.floor((charsMax - noteChars) / 2));
  const head = cutText(text, half);
  const tail = text.slice(text.length - half).replace(/^[\udc00-\udfff]/, '');
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out to save room …]\n${tail}`;
}
