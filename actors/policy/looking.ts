// Whether a shell line only looks: it changes nothing, whatever is there.
import { gitCommandOf } from './pushes.ts';
import { type ShellCommand, type ShellLine, writesNothing } from './read-shell-line.ts';

type Words = readonly (string | undefined)[];

/** What only looks, whatever its arguments are. */
const lookers: ReadonlySet<string | undefined> = new Set(
  (
    'ls cat head tail wc grep egrep fgrep stat du df pwd echo true false which type whoami id uname cd ' +
    'printenv cut tr column jq nl od diff cmp basename dirname realpath readlink ps free uptime hostname sleep seq tac ' +
    'rev md5sum sha1sum sha256sum strings hexdump command pushd popd exit'
  ).split(' '),
);

/** What looks unless an argument says otherwise; all of its arguments must be known. */
const lookersUnless: ReadonlyMap<string | undefined, RegExp> = new Map([
  ['find', /^-(exec|execdir|ok|okdir|delete|fprint|fprint0|fprintf|fls)$/],
  ['fd', /^(-x|-X|--exec|--exec-batch).*/],
  ['rg', /^--(pre|hostname-bin).*/],
  ['sort', /^(-\w*o|--o|--c|-T).*/],
  ['tree', /^-\w*[oR]/],
  ['file', /^(-\w*C|--com)/],
  ['date', /^(-\w*s|--s|\d)/],
  ['env', /./],
  ['printf', /^-v/],
  ['test', /^-v$/],
  ['[', /^-v$/],
]);

const gitLookers: ReadonlySet<string | undefined> = new Set(
  'status log diff show rev-parse ls-files ls-tree blame shortlog describe cat-file rev-list for-each-ref merge-base name-rev grep'.split(
    ' ',
  ),
);
/** Git takes a long option by its beginning, too. */
const gitWrites = /^(--ou|--ext|--textc|-O|--op|--exe)/;

export const isLooking = ({ commands, writes, isUnderstood }: ShellLine): boolean =>
  isUnderstood && writesNothing({ writes }) && commands.every(looks);

/** Whether one command does. */
export function looks({ words, hasVariables }: ShellCommand): boolean {
  const [name, ...args] = words;
  if (hasVariables) return false; // A variable may name a program that is run.
  if (lookers.has(name)) return true;
  if (name === 'git') return gitLooks(words);
  if (name === 'uniq') return args.length < 2 && !args.includes(undefined);
  if (name === 'sed') return sedLooks(args);
  const unless = lookersUnless.get(name);
  return unless !== undefined && args.every((word) => word !== undefined && !unless.test(word));
}

/** `git -c` may name a program that is run. */
function gitLooks(words: Words): boolean {
  if (words.includes(undefined) || words.includes('-c') || words.some((word) => word?.startsWith('--config-env')))
    return false;
  const [name, ...args] = gitCommandOf(words) as string[];
  if (args.some((word) => gitWrites.test(word))) return false;
  if (gitLookers.has(name)) return true;
  if (name === 'branch' || name === 'tag' || name === 'remote')
    return args.every((word) => /^(-a|-r|-v|-vv|-l|--list|--all|--show-current|-n\d*)$/.test(word));
  if (name === 'stash' || name === 'worktree') return args[0] === 'list';
  return name === 'config' && ['--get', '--list', '-l', '--get-all'].includes(args[0] ?? '');
}

/** `sed -n '1,20p' file`: no other command of its language, by which it could write and run. */
function sedLooks(args: Words): boolean {
  const [flag, script, ...files] = args;
  const isPrinting = flag === '-n' && script !== undefined && /^(\d+|\$)?(,(\d+|\$))?p$/.test(script);
  return isPrinting && files.every((word) => word !== undefined && !word.startsWith('-'));
}
