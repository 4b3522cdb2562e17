// Finds the command that another one starts: behind `env`, `timeout`, `xargs`, `sudo`, `bash -c` and the like.

import { isUnreadable } from './unreadable.ts';

type Words = readonly (string | undefined)[];

/** A command's words, and each as it stands in the line, without its quotes. */
export type WrittenWords = { words: Words; raws: readonly string[] };

export type Unwrapped = {
  commands: Words[];
  /** Lines that a shell is given to run. */
  scripts: string[];
  isUnderstood: boolean;
  hasVariables: boolean;
};

/** What starts a command and changes nothing of what it does, each with its options that take a value. */
const starters: ReadonlyMap<string, readonly string[]> = new Map([
  ['time', ['-f', '-o']],
  ['nohup', []],
  ['nice', ['-n', '--adjustment']],
  ['ionice', ['-c', '-n', '-p']],
  ['setsid', []],
  ['stdbuf', ['-i', '-o', '-e']],
  ['timeout', ['-k', '--kill-after', '-s', '--signal']],
  ['command', []],
  ['builtin', []],
  ['exec', ['-a']],
  ['flock', ['-w', '--wait', '--timeout', '-E', '--conflict-exit-code']],
  ['xargs', ['-a', '-d', '-E', '-I', '-L', '-n', '-P', '-s', '--arg-file', '--delimiter', '--max-args', '--max-procs']],
]);

/** What starts a command as somebody else, or somewhere else: it counts beside that command. */
const changers: ReadonlyMap<string, readonly string[]> = new Map([
  ['sudo', ['-u', '-g', '-h', '-p', '-C', '-D', '-R', '-T', '-U', '--user', '--group']],
  ['doas', ['-u', '-C']],
  ['env', ['-u', '-C', '-S', '--unset', '--chdir', '--split-string']],
  ['chroot', ['--userspec', '--groups']],
  ['unshare', []],
]);

const shells: ReadonlySet<string> = new Set(['bash', 'sh', 'dash', 'zsh', 'ksh', 'ash']);

/** Words before the command that are no options: `timeout 5 ls`, `chroot / ls`. */
const leadingWords: ReadonlyMap<string, number> = new Map([
  ['timeout', 1],
  ['chroot', 1],
  ['flock', 1],
]);

/** What joins its arguments to a line of a shell, each with its options that take a value. */
const lineStarters: ReadonlyMap<string, readonly string[]> = new Map([
  ['eval', []],
  ['watch', ['-n', '--interval', '-q', '--equexit']],
  ['parallel', ['-j', '--jobs', '-n', '-N', '-L', '-a', '-I', '-S', '--delay', '--timeout', '--colsep', '--results']],
  ['sem', ['-j', '--jobs', '--id']],
  ['at', ['-q', '-f', '-t']],
  ['batch', []],
]);
/** Those read the line, where they are given none. */
const inputStarters: ReadonlySet<string> = new Set(['parallel', 'sem', 'at', 'batch', 'su', 'sg', 'runuser', 'script']);
/** `-c 'line'` as somebody else, under a lock, or with a record of it. */
const commandOptions: ReadonlySet<string> = new Set(['su', 'sg', 'runuser', 'flock', 'script']);

const nameOf = (word: string | undefined): string | undefined => word?.split('/').at(-1);

const alone = (words: Words): Unwrapped => ({
  commands: [words],
  scripts: [],
  isUnderstood: true,
  hasVariables: false,
});

const systemFolders = /^\/(usr\/(local\/)?)?s?bin\/[^/]+$/;

/** A program named by a folder that isn't the system's may be any other. */
const isStranger = (word: string | undefined): boolean => word?.includes('/') === true && !systemFolders.test(word);

/** The words with the program by its name alone. */
export const withoutFolder = ([program, ...args]: Words): Words => [nameOf(program), ...args];

/** Starters of starters of starters: nobody writes more. */
const startersMax = 32;

/** @param standardInput what the line itself gives it to read */
export function unwrapCommand(written: WrittenWords, standardInput: string | undefined, depth = 0): Unwrapped {
  const { words } = written;
  if (depth > startersMax) return { ...alone(words), isUnderstood: false };
  const unwrapped = unwrapNamed(written, standardInput, depth);
  if (!isStranger(words[0]) || unwrapped.commands.includes(words)) return unwrapped;
  return { ...unwrapped, commands: [words, ...unwrapped.commands] };
}

function unwrapNamed({ words, raws }: WrittenWords, standardInput: string | undefined, depth: number): Unwrapped {
  const name = nameOf(words[0]);
  if (name === undefined) return { ...alone(words), isUnderstood: false };
  if (shells.has(name)) return unwrapShell({ words, raws }, standardInput);
  if ((name === 'busybox' || name === 'toybox') && words.length > 1)
    return unwrapCommand({ words: words.slice(1), raws: raws.slice(1) }, standardInput, depth + 1);
  if (lineStarters.has(name) || commandOptions.has(name)) {
    const script = scriptOf(name, { words, raws }, standardInput);
    if (script !== undefined) return { ...alone(words), commands: name === 'eval' ? [] : [words], scripts: [script] };
    if (inputStarters.has(name)) return { ...alone(words), isUnderstood: false };
    if (lineStarters.has(name)) return alone(words);
  }
  if (name === 'trap') return unwrapTrap({ words, raws });
  if (name === 'git') return unwrapGit({ words, raws });
  if (name === 'source' || name === '.') {
    const [, file] = words;
    if (standardInput !== undefined && file?.startsWith('/dev/')) return { ...alone(words), scripts: [standardInput] };
    return { ...alone(words), isUnderstood: file !== undefined && !file.startsWith('/dev/') };
  }
  if (name === 'alias') return { ...alone(words), isUnderstood: words.length === 1 };
  if (name === 'find' || name === 'fd') return unwrapFind(words);
  const options = starters.get(name) ?? changers.get(name);
  if (!options)
    return {
      ...alone(isStranger(words[0]) ? words : [name, ...words.slice(1)]),
      isUnderstood: !isUnreadable(words, raws, standardInput),
    };
  if (name === 'env' && words.some((word) => word !== undefined && splitting.test(word)))
    return { ...alone(words), scripts: [raws.slice(1).join(' ').replace(splittingAnywhere, ' ')], isUnderstood: false };
  const inner = dropOptions(words.slice(1), options, leadingWords.get(name) ?? 0);
  const isAsked = name === 'command' && (words[1] === '-v' || words[1] === '-V');
  if (isAsked || inner.words.length === 0) return alone(words);
  const unwrapped = unwrapCommand(
    { words: inner.words, raws: raws.slice(-inner.words.length) },
    standardInput,
    depth + 1,
  );
  const hasVariables = unwrapped.hasVariables || inner.hasVariables;
  const isOwn = changers.has(name) && name !== 'env';
  return { ...unwrapped, commands: [...(isOwn ? [words] : []), ...unwrapped.commands], hasVariables };
}

function scriptOf(name: string, { words, raws }: WrittenWords, standardInput: string | undefined): string | undefined {
  if (commandOptions.has(name)) {
    const at = raws.findIndex((raw, index) => index > 0 && /^(-\w*c|--(session-)?command)$/.test(raw));
    const whole = raws.find((raw) => raw.startsWith('--command=') || raw.startsWith('--session-command='));
    if (at > 0 || whole !== undefined) return whole?.slice(whole.indexOf('=') + 1) ?? raws[at + 1] ?? '';
    if (name === 'sg' && words.length > 2) return raws.slice(2).join(' ');
    return name === 'flock' || name === 'script' ? undefined : standardInput;
  }
  if (name === 'at' || name === 'batch') return standardInput;
  const inner = dropOptions(words.slice(1), lineStarters.get(name) ?? [], 0).words.length;
  if (inner === 0) return name === 'eval' ? '' : standardInput;
  const line = raws.slice(-inner);
  const end = line.findIndex((raw) => /^:::/.test(raw));
  return line.slice(0, end < 0 ? undefined : end).join(' ');
}

/** `trap 'line' EXIT`; `trap - EXIT` takes one back. */
function unwrapTrap({ words, raws }: WrittenWords): Unwrapped {
  const at = raws.findIndex((raw, index) => index > 0 && raw !== '--' && !/^-[lp]/.test(raw));
  const script = at < 0 ? '-' : (raws[at] ?? '-');
  return { ...alone(words), scripts: script === '-' ? [] : [script] };
}

/** `git -c alias.x='!line' x`, and an alias that is written into git's settings, count as what they stand for. */
function unwrapGit({ words, raws }: WrittenWords): Unwrapped {
  const found = alone(['git', ...words.slice(1)]);
  for (const [at, raw] of raws.entries()) {
    const [, set] = /^(?:-c)?alias\.[^=\s]+(?:=(.*))?$/is.exec(raw) ?? [];
    if (!/^(-c)?alias\./i.test(raw)) continue;
    const value = set ?? raws[at + 1] ?? '';
    if (value.startsWith('!')) found.scripts.push(value.slice(1));
    else if (value !== '') found.scripts.push(`git ${value}`);
  }
  return found;
}

/** `env -S 'line'`: the line is split as a shell would, almost. */
const splitting = /^(-\w*S|--split)/;
const splittingAnywhere = /(^|\s)(-\w*S|--split[\w-]*=?)/;

/** The words from the first that is neither an option, its value, nor an assignment. */
function dropOptions(
  words: Words,
  valued: readonly string[],
  leading: number,
): { words: Words; hasVariables: boolean } {
  let at = 0;
  let hasVariables = false;
  for (let left = leading; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    const isAssignment = /^\w+=/.test(word);
    hasVariables ||= isAssignment;
    if (word === '--') {
      at++;
      break;
    }
    if (valued.includes(word)) at++;
    else if (!word.startsWith('-') && !isAssignment && left-- <= 0) break;
  }
  return { words: words.slice(at), hasVariables };
}

/** `bash -c 'line'`, `bash <<< 'line'`; a script in a file is a command of its own. */
function unwrapShell({ words, raws }: WrittenWords, standardInput: string | undefined): Unwrapped {
  const args = words.slice(1);
  const flag = args.findIndex((word) => word !== undefined && /^-\w*c\w*$/.test(word));
  if (flag >= 0) {
    const at = args.findIndex((word, index) => index > flag && (word === undefined || !/^[-+]/.test(word)));
    const script = at < 0 ? undefined : raws[at + 1];
    return script === undefined
      ? { ...alone(words), isUnderstood: false }
      : { commands: [], scripts: [script], isUnderstood: true, hasVariables: false };
  }
  const at = args.findIndex((word) => word === undefined || !word.startsWith('-'));
  if (at >= 0 && args[at] === undefined) return { ...alone(words), isUnderstood: false };
  if ((at >= 0 && args[at]?.startsWith('/dev/') !== true) || args.includes('--version')) return alone(words);
  if (standardInput === undefined) return { ...alone(words), isUnderstood: false }; // It reads what another prints.
  return { commands: [], scripts: [standardInput], isUnderstood: true, hasVariables: false };
}

const startsOf: ReadonlySet<string | undefined> = new Set([
  '-exec',
  '-execdir',
  '-ok',
  '-okdir',
  '-x',
  '-X',
  '--exec',
  '--exec-batch',
]);

/** What `find -exec` starts counts beside it. */
function unwrapFind(words: Words): Unwrapped {
  const found = alone(words);
  for (const [at, word] of words.entries()) {
    if (!startsOf.has(word)) continue;
    const rest = words.slice(at + 1);
    const end = rest.findIndex((part) => part === ';' || part === '+' || part === '\\;');
    const started = end < 0 ? rest : rest.slice(0, end);
    const inner = unwrapCommand({ words: started, raws: started.map((part) => part ?? '') }, undefined);
    found.commands.push(...inner.commands);
    found.scripts.push(...inner.scripts);
    found.isUnderstood &&= inner.isUnderstood;
  }
  return found;
}
