// Reads which commands a shell line runs, also inside of substitutions, subshells and shells that it starts.
import { type Command, type CommandArgument, forEachChild, parse, type Redirect, type SyntaxNode } from 'unbash';
import { expandBraces } from './brace-expansion.ts';
import { findPossible, type Possible, textsOfAssignment } from './possible-commands.ts';
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
  /** What the commands may start besides, by their arguments; nobody knows that they do. */
  possible: readonly ShellCommand[];
  /** Arguments that may be lines of a shell, or code. */
  texts: readonly string[];
  /** Files that it writes by redirection; undefined for one whose name only the shell knows. */
  writes: readonly (string | undefined)[];
  /** Files that it reads or writes by redirection, as far as they are known. */
  files: readonly string[];
  /** Whether all that it runs is known: neither a mistake in it, nor a command whose name is computed. */
  isUnderstood: boolean;
};

export const writesNothing = ({ writes }: Pick<ShellLine, 'writes'>): boolean =>
  writes.every((target) => target === '/dev/null');

/** Shells in shells: more of them are not looked into. */
const depthMax = 8;
/** A longer line is not read: nobody types one. */
const lineCharsMax = 50_000;

/** More substitutions take a parser seconds where each is in another. */
const substitutionsMax = 1_000;

/** Of one line; more of them is more than anybody has meant. */
const possibleMax = 2_000;
const textsMax = 200;

type Reading = {
  commands: ShellCommand[];
  possible: ShellCommand[];
  texts: string[];
  writes: (string | undefined)[];
  files: string[];
  isUnderstood: boolean;
  depth: number;
};

export function readShellLine(line: string): ShellLine {
  const reading = openReading(0);
  readScriptText(line, reading, { folder: '', hasVariables: false });
  const { depth: _, ...read } = reading;
  return read;
}

const openReading = (depth: number): Reading => ({
  commands: [],
  possible: [],
  texts: [],
  writes: [],
  files: [],
  isUnderstood: true,
  depth,
});

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
  const texts = command.prefix.flatMap((prefix) =>
    prefix.type === 'Assignment' ? textsOfAssignment(prefix.text) : [],
  );
  addPossible({ commands: [], texts }, reading, place);
  if (!command.name) {
    place.hasVariables ||= setsVariables;
    // The shell stays open, and what it runs next may be another program by then.
    if (setsVariables) reading.commands.push({ words: [], folder: place.folder, hasVariables: true });
    return;
  }
  const args = [command.name, ...command.args].flatMap(expandArgument);
  const words = args.map(literalOfArgument);
  const raws = args.map(rawOf);
  const hasVariables = place.hasVariables || setsVariables;
  const given = standardInputOf(command);
  const unwrapped = unwrapCommand({ words, raws }, given);
  if (!unwrapped.isUnderstood) reading.isUnderstood = false;
  for (const found of unwrapped.commands)
    reading.commands.push({
      words: found,
      folder: place.folder,
      hasVariables: hasVariables || unwrapped.hasVariables,
    });
  for (const script of unwrapped.scripts) readScriptText(script, reading, { ...place });
  for (const found of unwrapped.commands)
    addPossible(findPossible(found, rawsOf(found, words, raws), given), reading, place);
  changeFolder(words, place);
  if (words[0] === 'source' || words[0] === '.') place.hasVariables = true;
}

type Words = ShellCommand['words'];

/** The words of a command that another one starts, as they stand in the line. */
const rawsOf = (found: Words, words: Words, raws: readonly string[]): readonly string[] =>
  found.slice(1).every((word, at) => word === words[words.length - found.length + at + 1])
    ? raws.slice(-found.length)
    : found.map((word) => word ?? '');

/** What stands in such a text may be wrong as a line of a shell: it may be none. */
function addPossible({ commands, texts }: Possible, reading: Reading, place: Place): void {
  const { folder } = place;
  reading.possible.push(...commands.map((words) => ({ words, folder, hasVariables: false })));
  for (const text of texts) {
    if (reading.texts.length >= textsMax) {
      reading.isUnderstood = false;
      return;
    }
    const inner = openReading(reading.depth);
    readScriptText(text, inner, { ...place });
    reading.possible.push(...inner.commands, ...inner.possible);
    reading.texts.push(text, ...inner.texts);
  }
  if (reading.possible.length <= possibleMax) return;
  reading.possible.length = possibleMax;
  reading.isUnderstood = false;
}

const expandArgument = (argument: CommandArgument): readonly CommandArgument[] =>
  (argument.type === 'Word' ? expandBraces(argument) : undefined) ?? [argument];

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
