// The command line of a search, and what its output says. Whatever a pattern, a path or a glob holds, nothing of it is run.
import { workspace } from '../../sandbox/sandbox.ts';
import { quoted } from '../../sandbox/shell.ts';
import { limits } from '../../schema/limits.ts';

export type Search = {
  pattern: string;
  /** Absolute and normal, under the workspace. */
  path: string;
  glob?: string | undefined;
  ignoreCase?: boolean | undefined;
};

/** Enough for a sentence about a wrong expression, with the expression. */
const messagesMax = 10;
/** One more match than is shown says that there are more. */
const linesMax = limits.searchMatchesMax + 1 + messagesMax;

/**
 * A NUL behind each path tells matches from what a program has to say otherwise. All of it runs in a subshell, so that
 * the open shell stays as it is; `command` passes by functions and aliases of the same names.
 * @param root the workspace as commands see it
 */
export function searchCommand({ path, ...search }: Search, root: string): string {
  const from = quoted(`.${path.slice(workspace.length)}`);
  const what = `-- ${quoted(search.pattern)} ${from}`;
  return `( cd -- ${quoted(root)} || exit 2
set -o pipefail
if command -v rg >/dev/null; then command rg ${ripgrepFlags(search)} ${what}
else echo ${quoted(fallbackNote)}; command grep ${grepFlags(search)} ${what}
fi 2>&1 | cut -b -${limits.searchLineBytesMax} | head -n ${linesMax} )`;
}

const fallbackNote = '[ripgrep is not here: searched with grep -E, whose expressions and globs know less.]';

/** Hidden files are searched, those of git itself not; in the order of paths, so that the same search finds the same. */
const ripgrepFlags = ({ glob, ignoreCase }: Omit<Search, 'path'>): string =>
  [
    '--no-config --color never --no-heading --with-filename --null --line-number --sort path --hidden',
    ...(ignoreCase ? ['--ignore-case'] : []),
    ...(glob === undefined ? [] : [`--glob=${quoted(glob)}`]),
    "--glob='!.git'",
  ].join(' ');

/** grep matches globs with names alone. */
const grepFlags = ({ glob, ignoreCase }: Omit<Search, 'path'>): string => {
  const isExclusion = glob?.startsWith('!') ?? false;
  const name = glob?.slice(glob.lastIndexOf('/') + 1).replace(/^!/, '');
  return [
    '-rnHIE --null --color=never --exclude-dir=.git --exclude-dir=node_modules',
    ...(ignoreCase ? ['-i'] : []),
    ...(name ? [`--${isExclusion ? 'exclude' : 'include'}=${quoted(name)}`] : []),
  ].join(' ');
};

/** `path:line: text` for each match, and what the programs said besides. */
export function foundIn(output: string): { matches: string[]; messages: string[] } {
  const lines = output.split('\n').filter((line) => line !== '');
  const matches = lines.flatMap((line) => matchOf(line) ?? []);
  const messages = lines.filter((line) => matchOf(line) === undefined);
  return { matches, messages: messages.slice(0, messagesMax) };
}

function matchOf(line: string): string | undefined {
  const [, path, number, text] = /^(?:\.\/)?([^\0]*)\0(\d+):(.*)$/s.exec(line) ?? [];
  return path === undefined ? undefined : `${path}:${number}: ${text?.replace(/\r$/, '')}`;
}
