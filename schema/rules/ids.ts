// Identifiers that callers choose, such as a user's: which texts can be one.
import { limits } from '../limits.ts';
import { cleanText } from './text.ts';

/** NUL and half characters are refused, not replaced: a changed id would be another user's. */
export const isId = (text: string): boolean =>
  text.trim() !== '' && text.length <= limits.idCharsMax && cleanText(text) === text;
