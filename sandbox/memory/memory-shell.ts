// The shell of the in-memory sandbox: the few commands that a scripted agent and a curious person need; it starts no process.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { workspace } from '../sandbox.ts';
import { buildTree } from '../workspace/file-tree.ts';

export type MemoryShellResult = { output: string; exitCode: number };

/** A file's content is text as `escapedTextOf` makes it. */
export type MemoryNode = { kind: 'file'; content: string } | { kind: 'folder' } | { kind: 'link'; target: string };

/** The part of a sandbox that its shell needs; paths may be relative to `workingFolder`. */
export type MemoryFiles = {
  workingFolder: string;
  listEntries(): Iterable<{ path: string; isFolder: boolean }>;
  findNode(given: string): Outcome<{ path: string; node: MemoryNode }>;
  readText(given: string): Outcome<string>;
  putNode(given: string, node: MemoryNode): Outcome<{ path: string }>;
  remove(given: string): Outcome<{ path: string }>;
};

type Program = (sandbox: MemoryFiles, args: string[]) => Outcome<string>;

/** Runs `a && b; c`, each part with an optional `> file` or `>> file`. Quotes work as in bash; nothing is expanded. */
export function runInMemory(sandbox: MemoryFiles, line: string): MemoryShellResult {
  const outputs: string[] = [];
  let exitCode = 0;
  for (const command of parseCommands(line)) {
    if (command.isConditional && exitCode !== 0) continue;
    const result = runCommand(sandbox, command);
    outputs.push(result.output);
    exitCode = result.exitCode;
  }
  return { output: outputs.join(''), exitCode };
}

function runCommand(sandbox: MemoryFiles, { words: [name = '', ...args], output }: ShellCommand): MemoryShellResult {
  const program = programs[name];
  if (!program) return { output: `bash: ${name}: command not found\n`, exitCode: 127 };
  const result = program(sandbox, args);
  if (!result.ok) return { output: `${name}: ${result.failure.detail}\n`, exitCode: 1 };
  if (!output) return { output: result.value, exitCode: 0 };
  const earlier = output.isAppended ? sandbox.readText(output.to) : succeeded('');
  const content = (earlier.ok ? earlier.value : '') + result.value;
  const written = sandbox.putNode(output.to, { kind: 'file', content });
  return written.ok ? { output: '', exitCode: 0 } : { output: `bash: ${written.failure.detail}\n`, exitCode: 1 };
}

const forEachPath = (args: string[], act: (arg: string) => Outcome<unknown>): Outcome<string> => {
  for (const arg of args.filter((candidate) => !candidate.startsWith('-'))) {
    const result = act(arg);
    if (!result.ok) return result;
  }
  return succeeded('');
};

const programs: Record<string, Program> = Object.assign(Object.create(null) as Record<string, Program>, {
  true: () => succeeded(''),
  false: () => failed('sandboxFailed', ''),
  pwd: (sandbox) => succeeded(`${sandbox.workingFolder}\n`),
  echo: (_, args) => succeeded(`${args.join(' ')}\n`),
  cd: (sandbox, [to = workspace]) => {
    const found = sandbox.findNode(to);
    if (!found.ok) return found;
    if (found.value.node.kind !== 'folder') return failed('notAFile', 'Not a directory');
    sandbox.workingFolder = found.value.path;
    return succeeded('');
  },
  mkdir: (sandbox, args) => forEachPath(args, (arg) => sandbox.putNode(arg, { kind: 'folder' })),
  touch: (sandbox, args) =>
    forEachPath(args, (arg) => {
      const existing = sandbox.findNode(arg);
      return existing.ok ? existing : sandbox.putNode(arg, { kind: 'file', content: '' });
    }),
  rm: (sandbox, args) => forEachPath(args, (arg) => sandbox.remove(arg)),
  ln: (sandbox, args) => {
    const [target = '', name = ''] = args.filter((arg) => !arg.startsWith('-'));
    const made = sandbox.putNode(name, { kind: 'link', target });
    return made.ok ? succeeded('') : made;
  },
  cat: (sandbox, args) => {
    const contents = args.map((arg) => sandbox.readText(arg));
    const missing = contents.find((content) => !content.ok);
    return missing ?? succeeded(contents.map((content) => (content.ok ? content.value : '')).join(''));
  },
  ls: (sandbox, args) => {
    const named = args.find((arg) => !arg.startsWith('-')) ?? '.';
    const found = sandbox.findNode(named);
    if (!found.ok) return found;
    if (found.value.node.kind === 'file') return succeeded(`${named}\n`);
    const names = listNames(sandbox, found.value.path);
    return succeeded(names.map((name) => `${name}\n`).join(''));
  },
  python3: (sandbox, [file = '']) => {
    const source = sandbox.readText(file);
    return source.ok ? succeeded(findPrintedText(source.value)) : source;
  },
} satisfies Record<string, Program>);

function listNames(sandbox: MemoryFiles, folder: string): string[] {
  let nodes = buildTree(sandbox.listEntries()).tree;
  for (const part of folder
    .slice(workspace.length + 1)
    .split('/')
    .filter(Boolean)) {
    const next = nodes.find((node) => node.name === part);
    nodes = next?.type === 'folder' ? next.children : [];
  }
  return nodes.map((node) => node.name).sort();
}

/** Finds what `print("…")` lines with a literal would print; any other Python prints nothing here. */
const findPrintedText = (source: string): string =>
  [...source.matchAll(/^[ \t]*print\((["'])(.*)\1\)[ \t]*$/gm)].map((match) => `${match[2]}\n`).join('');

type ShellCommand = {
  words: string[];
  /** Whether it stands after `&&`, and runs where the one before succeeded. */
  isConditional: boolean;
  output?: { to: string; isAppended: boolean };
};

/** Splits a line into commands and words: `'…'`, `"…"` and backslash quote, `;`, newline and `&&` separate. */
function parseCommands(line: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let current: ShellCommand = { words: [], isConditional: false };
  const endCommand = (isConditional: boolean) => {
    if (current.words.length > 0) commands.push(current);
    else if (!isConditional) return;
    current = { words: [], isConditional };
  };
  for (const [token] of line.matchAll(/&&|>>?|[;\n]|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s;>&'"\\])+|\S/g)) {
    if (token === '&&') endCommand(true);
    else if (token === ';' || token === '\n') endCommand(false);
    else if (token === '>' || token === '>>') current.output = { to: '', isAppended: token === '>>' };
    else if (current.output?.to === '') current.output.to = removeQuotes(token);
    else current.words.push(removeQuotes(token));
  }
  endCommand(false);
  return commands;
}

const removeQuotes = (token: string): string =>
  token.replace(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
    (_, single, double, escaped) => single ?? (double === undefined ? escaped : double.replace(/\\(["\\$`])/g, '$1')),
  );
