// What a `git push` does to the remote: with force, or to the default branch, as far as its words tell.

type Words = readonly (string | undefined)[];

/** `maybe` where it depends on the branch that is checked out, or on what only the shell or git's settings know. */
type Answer = 'yes' | 'maybe' | 'no';
export type Push = { isForced: Answer; toDefault: Answer };

/** Options of git itself that take a value. */
const gitValued: ReadonlySet<string> = new Set([
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--exec-path',
  '--config-env',
]);
const pushValued: ReadonlySet<string> = new Set(['-o', '--push-option', '--receive-pack', '--exec', '--repo']);
const forcing: readonly string[] = [
  '--force',
  '--force-with-lease',
  '--force-if-includes',
  '--mirror',
  '--delete',
  '--prune',
];
/** Those push every branch. */
const pushingAll: readonly string[] = ['--all', '--branches', '--mirror'];
const defaultBranches: ReadonlySet<string> = new Set(['main', 'master', 'trunk']);

/** The words of git's own command, such as `push`, and what follows it; empty where it has none. */
export function gitCommandOf(words: Words): Words {
  if (words[0] !== 'git') return [];
  for (let at = 1; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || !word.startsWith('-')) return words.slice(at);
    if (gitValued.has(word)) at++;
  }
  return [];
}

/** Whether git's own command is one that only the shell, or an alias in git's settings, knows. */
export function mayBeAlias(words: Words): boolean {
  const command = gitCommandOf(words);
  if (command.length === 0) return false;
  return command[0] === undefined || !gitCommands.has(command[0]);
}

/** @returns undefined for what is no push */
export function readPush(words: Words): Push | undefined {
  const [name, ...args] = gitCommandOf(words);
  if (words[0] === 'git' && words.length > 1 && mayBeAlias(words)) return { isForced: 'maybe', toDefault: 'maybe' };
  if (name !== 'push') return undefined;
  const options: string[] = [];
  const named: (string | undefined)[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at];
    if (word === undefined || !word.startsWith('-')) named.push(word);
    else {
      options.push(word);
      if (pushValued.has(word)) at++;
    }
  }
  if (isDryRun(args)) return { isForced: 'no', toDefault: 'no' };
  const refs = named.slice(options.some((option) => option.startsWith('--repo')) ? 0 : 1);
  const isForced =
    options.some((option) => isOption(option, forcing) || /^-\w*[fd]/.test(option)) ||
    refs.some((ref) => ref?.startsWith('+') || ref?.startsWith(':'));
  return {
    isForced: isForced ? 'yes' : args.includes(undefined) ? 'maybe' : 'no',
    toDefault: options.some((option) => isOption(option, pushingAll)) ? 'yes' : branchOf(refs, options),
  };
}

/** As the first word, where it can be no other option's value, and none takes it back. */
const isDryRun = ([first, ...others]: Words): boolean =>
  (first === '--dry-run' || first === '-n') && !others.some((word) => word === undefined || word.startsWith('--no-'));

/** Git takes a long option by its beginning, too. */
const isOption = (option: string, names: readonly string[]): boolean => {
  const [given = ''] = option.split('=');
  return given.length > 2 && names.some((name) => name.startsWith(given));
};

function branchOf(refs: Words, options: readonly string[]): Push['toDefault'] {
  if (refs.length === 0) return options.includes('--tags') ? 'no' : 'maybe';
  const kinds = refs.map((ref) => {
    if (ref === undefined) return 'maybe';
    const target = (ref.split(':').at(-1) ?? '').replace(/^\+/, '').replace(/^(refs\/)?heads\//, '');
    if (defaultBranches.has(target)) return 'yes';
    return target === 'HEAD' || target === '@' || /[*?[]/.test(target) ? 'maybe' : 'no';
  });
  return kinds.includes('yes') ? 'yes' : kinds.includes('maybe') ? 'maybe' : 'no';
}

/** All of git's own, and what is commonly installed beside them. */
const gitCommands: ReadonlySet<string> = new Set(
  (
    'add am annotate apply archive bisect blame branch bugreport bundle cat-file check-attr check-ignore check-mailmap ' +
    'check-ref-format checkout checkout-index cherry cherry-pick citool clean clone column commit commit-graph commit-tree config ' +
    'count-objects credential daemon describe diagnose diff diff-files diff-index diff-tree difftool fast-export fast-import fetch ' +
    'fetch-pack filter-branch filter-repo fmt-merge-msg for-each-ref for-each-repo format-patch fsck gc get-tar-commit-id grep ' +
    'gui hash-object help hook http-fetch http-push imap-send index-pack init init-db instaweb interpret-trailers lfs log ls-files ' +
    'ls-remote ls-tree mailinfo mailsplit maintenance merge merge-base merge-file merge-index merge-tree mergetool mktag mktree ' +
    'multi-pack-index mv name-rev notes pack-objects pack-redundant pack-refs patch-id prune prune-packed pull push quiltimport ' +
    'range-diff read-tree rebase receive-pack reflog refs remote repack replace replay request-pull rerere reset restore rev-list ' +
    'rev-parse revert rm send-email send-pack shortlog show show-branch show-index show-ref sparse-checkout stage stash status ' +
    'stripspace submodule subtree svn switch symbolic-ref tag unpack-file unpack-objects update-index update-ref ' +
    'update-server-info upload-archive upload-pack var verify-commit verify-pack verify-tag version whatchanged worktree write-tree'
  ).split(' '),
);
