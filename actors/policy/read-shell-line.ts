// Reads which commands a shell line runs, also inside of substitutions, subshells and shells that it starts.
import { type Command, type CommandArgument, forEachChild, parse, type Redirect, type SyntaxNode } from 'unbash';
import { literalOf } from './shell-words.ts';
import { unwrapCommand } from './unwrap-command.ts';

/** One command as it would be started; a word is undefined where only the shell knows what it comes to. */
export type ShellCommand = {
  words: readonly (string | undefined)[];
  /** The folder that it runs in, where the line itself has changed it: absolute, or relative to the one before; undefined for unknown. */
  folder: string | undefined;
  /** Whether variables are set for it, by which it may do something else. */
  hasVariables: boolean;
};

export type ShellLine = {
  commands: readonly ShellCommand[];
  /** Files that it writes by redirection; undefined for one whose name only the shell knows. */
  writes: readonly (string | undefined)[];
  /** Files that it reads or writes by redirection, as far as they are known. */
  files: readonly string[];
  /** Whether all that it runs is known: neither a mistake in it, nor a command whose name is computed. */
  isUnderstood: boolean;
};

/** Shells in shells: more of them are not looked into. */
const depthMax = 8;
/** A longer line is not read: nobody types one. */
const lineCharsMax = 50_000;

/** More substitutions take a parser seconds where each is in another. */
const substitutionsMax = 1_000;

type Reading = {
  commands: ShellCommand[];
  writes: (string | undefined)[];
  files: string[];
  isUnderstood: boolean;
  depth: number;
};

export function readShellLine(line: string): ShellLine {
  const reading: Reading = { commands: [], writes: [], files: [], isUnderstood: true, depth: 0 };
  readScriptText(line, reading, { folder: '', hasVariables: false });
  const { commands, writes, files, isUnderstood } = reading;
  return { commands, writes, files, isUnderstood };
}

/** Where the commands run, and whether a variable was set before them; a subshell has its own. */
type Place = { folder: string | undefined; hasVariables: boolean };

function readScriptText(text: string, reading: Reading, place: Place): void {
  if (text.length > lineCharsMax || reading.depth >= depthMax || text.split('(').length > substitutionsMax) {
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
  if (computes(node)) reading.isUnderstood = false;
  if ((node.type === 'For' || node.type === 'Select') && /^[A-Z]/.test(node.name.value)) place.hasVariables = true;
  const own = ownShells.has(node.type) ? { ...place } : place;
  forEachChild(node, (child) => visit(child, reading, own));
}

/** `[[ a -eq b ]]` computes both: an index in brackets may run commands. */
const computes = (node: SyntaxNode): boolean =>
  (node.type === 'TestBinary' &&
    /^-(eq|ne|lt|le|gt|ge)$/.test(node.operator) &&
    [node.left, node.right].some(({ value }) => value.includes('['))) ||
  (node.type === 'TestUnary' && node.operator === '-v');

function visitRedirect({ operator, target }: Redirect, reading: Reading): void {
  const name = target && literalOf(target);
  if (name !== undefined) reading.files.push(name);
  if (operator === '<' || operator === '<&') return;
  const isDescriptor = operator === '>&' && name !== undefined && /^(\d+|-)$/.test(name);
  if (!isDescriptor) reading.writes.push(name);
}

function visitCommand(command: Command, reading: Reading, place: Place): void {
  forEachChild(command, (child) => visit(child, reading, place)); // What substitutions run, they run first.
  const setsVariables = command.prefix.some(({ type }) => type === 'Assignment');
  if (!command.name) {
    place.hasVariables ||= setsVariables;
    return;
  }
  const words = [literalOf(command.name), ...command.args.map(literalOfArgument)];
  const raws = [command.name.value, ...command.args.map(rawOf)];
  const hasVariables = place.hasVariables || setsVariables;
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
