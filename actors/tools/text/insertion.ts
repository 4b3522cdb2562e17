// Puts whole lines into a text behind one of its lines, and leaves every other byte alone.
import { type Outcome, succeeded } from '../../../schema/error.ts';
import { adoptLineEnds, linesOf } from './lines.ts';
import { refuseChange, type TextChange } from './text-change.ts';

export type Insertion = {
  /** The line to insert behind; 0 for the beginning. */
  line: number;
  text: string;
};

/** Adds line ends where a line follows the text, and where the line before lacks one. */
export function insertLines(content: string, { line, text }: Insertion): Outcome<TextChange> {
  const lines = linesOf(content);
  if (text === '') return refuseChange('The text to insert is empty.');
  if (line > lines.length)
    return refuseChange(
      `It has ${lines.length} lines; give a line from 0, its beginning, to ${lines.length}, its end.`,
    );
  const [given = '', end = ''] = adoptLineEnds(content, text.toWellFormed(), '\n');
  const before = lines.slice(0, line).join('');
  const after = lines.slice(line).join('');
  const isOpen = before !== '' && !before.endsWith('\n');
  const fresh = `${isOpen ? end : ''}${given}${after !== '' && !given.endsWith('\n') ? end : ''}`;
  return succeeded({ content: before + fresh + after, said: `Inserted the text behind line ${line}` });
}
