// What is typed into a shell in the background, as the shell reads it: piece by piece, until a command is whole.
import { parse } from 'unbash';

/** Lines of one command that isn't whole yet; longer ones are judged with all that follows. */
const linesMax = 200;

/** Keys that end a line, or take it back. */
const lineEnds: readonly string[] = ['\r', '\u0003', '\u0004'];
/** What a terminal makes of other keys (history, editing, completion) is known to the shell alone. */
const isEditing = (key: string): boolean => (key < ' ' && key !== '\n' && !lineEnds.includes(key)) || key === '\u007f';
const history = /(^|[\s;&|(])![\w!?$^*-]/;

/** Takes back what stands before it, or ends the program. */
const interrupt = '\u0003';

/**
 * The command that the last piece belongs to, as far as it is typed.
 * @param pieces in the order in which they are typed; the last one is what is judged
 */
export function commandTyped(pieces: readonly string[]): string {
  const last = pieces.at(-1) ?? '';
  const unfinished = unfinishedOf(pieces.slice(0, -1).join(''));
  return normalize(unfinished + last);
}

/** Whether what is typed is text alone, and the shell reads it as it stands. */
export const isPlainText = (text: string): boolean => !history.test(text) && ![...text].some(isEditing);

const normalize = (text: string): string => lineEnds.reduce((ended, key) => ended.replaceAll(key, '\n'), text);

function unfinishedOf(typed: string): string {
  let command = '';
  let lines = 0;
  const standing = typed.slice(typed.lastIndexOf(interrupt) + 1);
  for (const line of normalize(standing).split(/(?<=\n)/)) {
    command += line;
    lines++;
    if (lines <= linesMax && line.endsWith('\n') && isWhole(command)) [command, lines] = ['', 0];
  }
  return command;
}

/** A here document is whole at its end only, which isn't looked for: what follows is judged with it. */
function isWhole(command: string): boolean {
  if (command.includes('<<') || /\\\n$/.test(command)) return false;
  try {
    return !parse(command).errors?.length;
  } catch {
    return false;
  }
}
