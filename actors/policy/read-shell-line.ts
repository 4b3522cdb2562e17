// Reads which commands a shell line runs, also inside of substitutions, subshells and shells that it starts.
import { type Command, type CommandArgument, forEachChild, parse, type Redirect, type SyntaxNode } from 'unbash';
import { literalOf } from './shell-words.ts';
import { unwrapCommand } from './unwrap-command.ts';

/** One command as it would be started; a word is undefined where only the shell knows what it comes to. */
export type ShellCommand = {
  words: readonly (string | undefined)[];
  /** The folder that it runs in, where the line itself has changed it: absolute, or relative to the one before; undefined for unknown. */
  folder: string | undefined;
  /** Whether variables are set for it alone, by which it may do something else. */
  hasVariables: boolean;
};

export type ShellLine = {
  commands: readonly ShellCommand[];
  /** Files that it writes by redirection; undefined for one whose name only the shell knows. */
  writes: readonly (string | undefined)[];
  /** Whether all that it runs is known: neither a mistake in it, nor a command whose name is computed. */
  isUnderstood: boolean;
};

/** Shells in shells: more of them are not looked into. */
const depthMax = 8;
/** A longer line is not read: nobody types one. */
const lineCharsMax = 50_000;

type Reading = { commands: ShellCommand[]; writes: (string | undefined)[]; isUnderstood: boolean; depth: number };

export function readShellLine(line: string): ShellLine {
  const reading: Reading = { commands: [], writes: [], isUnderstood: true, depth: 0 };
  readScriptText(line, reading, { folder: '' });
  const { commands, writes, isUnderstood } = reading;
  return { commands, writes, isUnderstood };
}

/** Where the commands run; a subshell has its own. */
type Place = { folder: string | undefined };

function readScriptText(text: string, reading: Reading, place: Place): void {
  if (text.length > lineCharsMax || reading.depth >= depthMax) {
    reading.isUnderstood = false;
    return;
  }
  reading.depth++;
  try {
    const script = parse(text);
    if (script.errors && script.errors.length > 0) reading.isUnderstood = false;
    visit(script, reading, place);
  } catch {
    reading.isUnderstood = false;
  }
  reading.depth--;
}

/** Nodes whose commands run in a shell of their own. */
const ownShells: ReadonlySet<string> = new Set(['Subshell', 'Pipeline', 'CommandExpansion', 'ProcessSubstitution']);

function visit(node: SyntaxNode, reading: Reading, place: Place): void {
  if (node.type === 'Command') return visitCommand(node, reading, place);
  if (node.type === 'Redirect') visitRedirect(node, reading);
  if ((node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution') && !node.script)
    reading.isUnderstood = false;
  const own = ownShells.has(node.type) ? { ...place } : place;
  forEachChild(node, (child) => visit(child, reading, own));
}

function visitRedirect({ operator, target }: Redirect, reading: Reading): void {
  if (operator === '<' || operator === '<&') return;
  const name = target && literalOf(target);
  const isDescriptor = operator === '>&' && name !== undefined && /^(\d+|-)$/.test(name);
  if (!isDescriptor) reading.writes.push(name);
}

function visitCommand(command: Command, reading: Reading, place: Place): void {
  forEachChild(command, (child) => visit(child, reading, place)); // What substitutions run, they run first.
  if (!command.name) return;
  const words = [literalOf(command.name), ...command.args.map(literalOfArgument)];
  const raws = [command.name.value, ...command.args.map(rawOf)];
  const hasVariables = command.prefix.some(({ type }) => type === 'Assignment');
  const unwrapped = unwrapCommand({ words, raws }, standardInputOf(command));
  if (!unwrapped.isUnderstood) reading.isUnderstood = false;
  for (const found of unwrapped.commands)
    reading.commands.push({
      words: found,
      folder: place.folder,
      hasVariables: hasVariables || unwrapped.hasVariables,
    });
  for (const script of unwrapped.scripts) readScriptText(script, reading, { ...place });
  changeFolder(words, place);
}

const literalOfArgument = (argument: CommandArgument): string | undefined =>
  argument.type === 'Word' ? literalOf(argument) : argument.text;

const rawOf = (argument: CommandArgument): string => (argument.type === 'Word' ? argument.value : argument.text);

/** What a here document or a here string gives it; undefined where nothing does. */
function standardInputOf({ redirects }: Command): string | undefined {
  const given = redirects.findLast(({ type }) => type !== 'Redirect');
  if (given?.type === 'HereString') return given.target?.value ?? '';
  return given?.type === 'HereDoc' ? given.body.text : undefined;
}

function changeFolder([name, ...args]: readonly (string | undefined)[], place: Place): void {
  if (name === 'popd') place.folder = undefined;
  if (name !== 'cd' && name !== 'pushd') return;
  const target = args.find((word) => word === undefined || word === '-' || !word.startsWith('-'));
  if (target === undefined && args.length === 0) place.folder = '~';
  else if (target === undefined || target === '-') place.folder = undefined;
  else if (target.startsWith('/') || target.startsWith('~')) place.folder = target;
  else if (place.folder !== undefined) place.folder = place.folder === '' ? target : `${place.folder}/${target}`;
}
