// Puts whole lines into a text behind one of its lines, and leaves every other byte alone.
import { type Outcome, succeeded } from '../../schema/error.ts';
import { type Change, unchangeable } from './change.ts';
import { linesOf, withLineEndsOf } from './lines.ts';

export type Insertion = {
  /** The line to insert behind; 0 for the beginning. */
  line: number;
  text: string;
};

/** A text that lacks its last line end gets one where a line follows; one that the line before lacks is added. */
export function inserted(content: string, { line, text }: Insertion): Outcome<Change> {
  const lines = linesOf(content);
  if (text === '') return unchangeable('The text to insert is empty.');
  if (line > lines.length)
    return unchangeable(
      `It has ${lines.length} lines; give a line from 0, its beginning, to ${lines.length}, its end.`,
    );
  const [given = '', end = ''] = withLineEndsOf(content, text.toWellFormed(), '\n');
  const before = lines.slice(0, line).join('');
  const after = lines.slice(line).join('');
  const isOpen = before !== '' && !before.endsWith('\n');
  const fresh = `${isOpen ? end : ''}${given}${after !== '' && !given.endsWith('\n') ? end : ''}`;
  return succeeded({ content: before + fresh + after, said: `Inserted the text behind line ${line}` });
}
