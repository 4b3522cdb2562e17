// What a `git push` does to the remote: with force, or to the default branch, as far as its words tell.

type Words = readonly (string | undefined)[];

/** `isSure`: false where it depends on the branch that is checked out, or on what only the shell knows. */
export type Push = { isForced: boolean; toDefault: 'yes' | 'maybe' | 'no' };

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

/** @returns undefined for what is no push */
export function readPush(words: Words): Push | undefined {
  const [name, ...args] = gitCommandOf(words);
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
  if (isDryRun(args)) return { isForced: false, toDefault: 'no' };
  const refs = named.slice(options.some((option) => option.startsWith('--repo')) ? 0 : 1);
  const isForced =
    options.some((option) => isOption(option, forcing) || /^-\w*[fd]/.test(option)) ||
    refs.some((ref) => ref?.startsWith('+') || ref?.startsWith(':'));
  return {
    isForced,
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
