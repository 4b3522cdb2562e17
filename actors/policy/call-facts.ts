// What of a call the rules of a policy compare: its tool, commands, path and hosts, and what it may do.
import path from 'node:path';
import { repositoryPath } from '../../sandbox/git/repository.ts';
import { limits } from '../../schema/limits.ts';
import { type Danger, findDangers, findHiddenDangers, mergeDangers } from './dangers.ts';
import { isLooking } from './looking.ts';
import { readShellLine, type ShellLine } from './read-shell-line.ts';
import { isPlainText } from './typed-text.ts';

export type CallFacts = {
  tool: string;
  /** Whether it changes nothing. */
  isLooking: boolean;
  /** Of a shell, and of what is typed into one. */
  line: ShellLine | undefined;
  /** The line as it is written. */
  text: string;
  /** Paths that it names, from the workspace on; undefined for more than can be compared. */
  paths: readonly string[] | undefined;
  hosts: readonly string[];
  dangers: readonly Danger[];
  /** Whether there may be a danger in what its commands start by their arguments. */
  mayHideDanger: boolean;
  /** The same of each command of a line that is understood and has several. */
  parts: readonly CallFacts[];
};

/** What is known of a call before it runs. */
export type GivenCall = {
  tool: string;
  isReadOnly: boolean;
  command?: string | undefined;
  path?: string | undefined;
  url?: string | undefined;
  /** Whether the command is typed into a program, which may be any: also an empty line says something to it. */
  isTyped?: boolean;
  /** Where commands find the workspace. */
  root: string;
};

export function factsOf(given: GivenCall): CallFacts {
  const line = lineOf(given);
  const hidden = line ? findHiddenDangers(line, given.root, given.command ?? '') : [];
  const facts = factsOfLine(given, line, hidden);
  return { ...facts, parts: line ? partsOf(line).map((part) => factsOfLine(given, part, hidden)) : [] };
}

/** What a terminal makes another text of can't be read. */
function lineOf({ command, isTyped }: GivenCall): ShellLine | undefined {
  if (command === undefined) return undefined;
  const line = readShellLine(command);
  return isTyped && !isPlainText(command) ? { ...line, isUnderstood: false } : line;
}

/** Each command with what the whole line reads by redirection. */
function partsOf(line: ShellLine): ShellLine[] {
  if (!line.isUnderstood || line.commands.length < 2 || line.commands.length > partsMax) return [];
  return line.commands.map((command) => ({ ...line, commands: [command] }));
}

/** A longer line is decided about as a whole. */
const partsMax = 100;

/** @param hidden of the whole line, since nobody knows which of its commands starts what */
function factsOfLine(given: GivenCall, line: ShellLine | undefined, hidden: readonly Danger[]): CallFacts {
  const { tool, isReadOnly, command, path: named, url, isTyped = false, root } = given;
  const text = command ?? '';
  const words = line?.commands.flatMap((found) => found.words.filter((word) => word !== undefined)) ?? [];
  return {
    tool,
    isLooking: line ? isLooking(line) && !(isTyped && line.commands.length === 0) : isReadOnly,
    line,
    text,
    paths:
      named === undefined
        ? gatherPaths(new Set(line ? pathsOf(line) : []), (word) => placesOf(word, root))
        : gatherPaths([named], (word) => [fromWorkspace(word, root)]),
    hosts: [...new Set([...(url === undefined ? [] : [url]), ...words].flatMap(hostOf))],
    dangers: line ? mergeDangers([...findDangers(line.commands, root), ...hidden]) : [],
    mayHideDanger: hidden.length > 0,
    parts: [],
  };
}

/** @returns undefined where all together go through more folders than can be compared with every rule */
function gatherPaths(words: Iterable<string>, placesOf: (word: string) => string[]): string[] | undefined {
  const paths = new Set<string>();
  let parts = 0;
  for (const word of words) {
    for (const place of placesOf(word)) {
      if (paths.has(place)) continue;
      paths.add(place);
      parts += place.split('/').length;
    }
    if (parts > limits.callPathPartsMax) return undefined;
  }
  return [...paths];
}

/** What its words may name, also behind `=`, in the folder that the line has changed to, and what it reads and writes. */
function pathsOf({ commands, files }: ShellLine): string[] {
  const named = commands.flatMap(({ words, folder }) =>
    words.flatMap((word) => {
      if (word === undefined) return [];
      const all = [word, ...(word.includes('=') ? [word.slice(word.indexOf('=') + 1)] : [])];
      return folder ? [...all, ...all.map((each) => path.posix.resolve(repositoryPath, folder, each))] : all;
    }),
  );
  return [...named, ...files];
}

/** A word of a command may be a path from the workspace or from the repository, where the shell begins. */
const placesOf = (word: string, root: string): string[] =>
  [word, ...(word.startsWith('/') ? [] : [path.posix.join(repositoryPath, word)])].map((each) =>
    fromWorkspace(each, root),
  );

function fromWorkspace(named: string, root: string): string {
  const absolute = path.posix.resolve('/workspace', named);
  for (const folder of ['/workspace', root])
    if (absolute.startsWith(`${folder}/`)) return absolute.slice(folder.length + 1);
  return absolute;
}

/** Of `https://host/…`, `git@host:…` and `ssh://…`. */
function hostOf(word: string): string[] {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(word) ? URL.parse(word) : null;
  if (url?.hostname) return [url.hostname.toLowerCase()];
  const remote = /^[\w.-]+@([\w.-]+):/.exec(word)?.[1];
  return remote === undefined ? [] : [remote.toLowerCase()];
}
