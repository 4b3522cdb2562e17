// Writes the command line of a search, so that nothing of a pattern, a path or a glob is run.
import { workspace } from '../../sandbox/sandbox.ts';
import { isKeptPath } from '../../sandbox/shell/kept-output.ts';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import { searchLinesMax, searchTextBytesMax } from './search-output.ts';

/** What a search's programs may print before they are cut off: what is shown, in lines of 20,000 bytes. */
const searchBytesMax = 4 * 1024 * 1024;

export type Search = {
  pattern: string;
  /** Absolute and normal, under the workspace; or the file of a kept output. */
  path: string;
  glob?: string | undefined;
  ignoreCase?: boolean | undefined;
};

/**
 * A NUL behind each path tells matches from other output; lines are written whole, so that they don't mix. It all runs in a
 * subshell, so that the open shell stays as it is; `command` skips functions and aliases of the same names.
 * @param root the workspace as commands see it
 * @param folder under the workspace, from which paths inside of it are told; others are told from the workspace
 */
export function writeSearchCommand({ path, ...search }: Search, root: string, folder: string = workspace): string {
  const base = path === folder || path.startsWith(`${folder}/`) ? folder : workspace;
  const from = quoteForBash(isKeptPath(path) ? path : `.${path.slice(base.length)}`);
  const what = `-- ${quoteForBash(search.pattern)} ${from}`;
  return `( cd -- ${quoteForBash(root + base.slice(workspace.length))} || exit 2
set -o pipefail
if command -v rg >/dev/null; then command rg ${ripgrepFlagsOf(search)} ${what}
else echo ${quoteForBash(fallbackNote)}; command grep ${grepFlagsOf(search)} ${what}
fi 2>&1 | head -n ${searchLinesMax} | head -c ${searchBytesMax} )`;
}

const fallbackNote = '[ripgrep is not here: searched with grep -E, whose expressions and globs know less.]';

/**
 * Hidden files are searched, those of git itself not; in the order of paths, so that the same search finds the same. A line
 * may end in CRLF, unless that is what is searched for; of a long one ripgrep prints the beginning, cut between characters.
 */
const ripgrepFlagsOf = ({ pattern, glob, ignoreCase }: Omit<Search, 'path'>): string =>
  [
    '--no-config --color never --no-heading --with-filename --null --line-number --line-buffered --sort path --hidden',
    `--max-columns=${searchTextBytesMax} --max-columns-preview`,
    ...(carriageReturn.test(pattern) ? [] : ['--crlf']),
    ...(ignoreCase ? ['--ignore-case'] : []),
    ...(glob === undefined ? [] : [`--glob=${quoteForBash(glob)}`]),
    "--glob='!.git'",
  ].join(' ');

/** A carriage return, or an escape of one: ripgrep allows neither with `--crlf`. */
const carriageReturn = /\r|\\r|\\[xuU]\{?0*d/i;

/** grep matches globs against names only, not paths. */
const grepFlagsOf = ({ glob, ignoreCase }: Omit<Search, 'path'>): string => {
  const isExclusion = glob?.startsWith('!') ?? false;
  const name = glob?.slice(glob.lastIndexOf('/') + 1).replace(/^!/, '');
  return [
    '-rnHIE --null --line-buffered --color=never --exclude-dir=.git --exclude-dir=node_modules',
    ...(ignoreCase ? ['-i'] : []),
    ...(name ? [`--${isExclusion ? 'exclude' : 'include'}=${quoteForBash(name)}`] : []),
  ].join(' ');
};
