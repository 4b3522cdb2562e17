// Writes the command line that finds files by their names, so that nothing of a path or a glob is run.
import { workspace } from '../../sandbox/sandbox.ts';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';

/** Files that are listed; where there are more, a model asks more precisely. */
export const filesFoundMax = 200;
/** That many paths as long as Linux allows. */
const findBytesMax = 1024 * 1024;

export type FileSearch = {
  /** Absolute and normal, under the workspace. */
  path: string;
  glob?: string | undefined;
  ignoreCase?: boolean | undefined;
};

/**
 * A NUL stands behind each path, the newest first. A glob is matched behind ripgrep's own rules, which it would overrule:
 * what git ignores stays out. Subshell and `command` as in `writeSearchCommand`.
 * @param root the workspace as commands see it
 * @param folder under the workspace, from which paths inside of it are told
 */
export function writeFindCommand(
  { path, glob = '', ignoreCase }: FileSearch,
  root: string,
  folder: string = workspace,
): string {
  const base = path === folder || path.startsWith(`${folder}/`) ? folder : workspace;
  const from = quoteForBash(`.${path.slice(base.length)}`);
  const isExclusion = glob.startsWith('!');
  const left = isExclusion ? ` --glob=${quoteForBash(glob)}` : '';
  const wanted = isExclusion || glob === '' ? '' : expressionOf(glob);
  const name = isExclusion || glob === '' ? '' : ` -${ignoreCase ? 'i' : ''}name ${quoteForBash(lastPartOf(glob))}`;
  const first = filesFoundMax + 1;
  return `( cd -- ${quoteForBash(root + base.slice(workspace.length))} || exit 2
set -o pipefail
if command -v rg >/dev/null
then command rg --no-config --files --null --hidden --sortr modified --glob='!.git'${left} -- ${from} |
  command rg --no-config --null-data --text --no-line-number --color never --max-count ${first}${ignoreCase ? ' -i' : ''} -e ${quoteForBash(wanted)}
else command find ${from} -name .git -prune -o -type f${name} -print0 | head -z -n ${first}
fi 2>&1 | head -c ${findBytesMax} )`;
}

const lastPartOf = (glob: string): string => glob.slice(glob.lastIndexOf('/') + 1);

/** What a glob's signs mean in an expression; a bracket's content stays as it is, but for its negation. */
const signs: [sign: RegExp, expression: (found: string) => string][] = [
  [/^\*\*\//, () => '(?:.*/)?'],
  [/^\*\*/, () => '.*'],
  [/^\*/, () => '[^/]*'],
  [/^\?/, () => '[^/]'],
  [/^\[[!^]?\]?[^\]]*\]/, (found) => found.replace(/^\[!/, '[^').replace(/^(\[\^?)\]/, '$1\\]')],
  [/^\\./s, (found) => escapeForExpression(found.slice(1))],
];

const escapeForExpression = (text: string): string => text.replaceAll(/[\\^$.|?*+()[\]{}&~#-]/g, '\\$&');

/** A glob fits the end of a path from any folder on; one that begins with a slash fits all of it. */
export function expressionOf(glob: string): string {
  const isWhole = glob.startsWith('/');
  let rest = isWhole ? glob.slice(1) : glob;
  let expression = '';
  let depth = 0;
  while (rest !== '') {
    const [sign, write] = signs.find(([each]) => each.test(rest)) ?? [];
    const found = sign?.exec(rest)?.[0] ?? [...rest][0] ?? '';
    if (write) expression += write(found);
    else if (found === '{') expression += '(?:';
    else if (found === '}' && depth > 0) expression += ')';
    else if (found === ',' && depth > 0) expression += '|';
    else expression += escapeForExpression(found);
    if (found === '{') depth++;
    if (found === '}' && depth > 0) depth--;
    rest = rest.slice(found.length);
  }
  return `^\\./${isWhole ? '' : '(?:.*/)?'}${expression}$`;
}
