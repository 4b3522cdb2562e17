// What a program may start by its arguments, where nobody has said that it doesn't: `strace git push`, `hyperfine 'git push'`.
import { gitCommandOf } from './pushes.ts';

type Words = readonly (string | undefined)[];

/** `texts` may be lines of a shell, or code. */
export type Possible = { commands: Words[]; texts: string[] };

const setOf = (words: string): ReadonlySet<string | undefined> => new Set(words.split(' '));

/** What prints, compares or stores the words that it is given. */
const textTakers = setOf(
  'echo printf grep egrep fgrep rg ag ack cat ls head tail wc sort uniq cut tr column jq yq diff cmp tee dd patch test [ [[ ' +
    'sed gsed true false : which type whereis man cd pwd export declare local readonly unset read exit return gh glab jira',
);
/** What takes files, names and addresses, some of them also a text that is run. */
const nameTakers = setOf(
  'cp mv mkdir touch chmod chown chgrp ln rm rmdir unlink shred install tar zip unzip gzip gunzip xz bzip2 kill pkill killall curl ' +
    'wget rsync scp apt apt-get apk dnf yum brew pip pip3 cargo rustup go gem make cmake ninja just systemctl service terraform ' +
    'helm aws gcloud az flyctl heroku vercel dotnet mvn gradle composer rails eslint prettier biome tsc pytest jest vitest ' +
    'python python3 node deno perl ruby php file stat du df ps free date hostname sleep seq find fd',
);
/** Programs that start others by some of their own commands alone. */
const starting: ReadonlyMap<string, RegExp> = new Map([
  ['npm', /^(exec|x)$/],
  ['pnpm', /^(exec|dlx)$/],
  ['yarn', /^(exec|dlx)$/],
  ['bun', /^x$/],
  ['uv', /^(run|tool)$/],
  ['poetry', /^run$/],
  ['pipenv', /^run$/],
  ['conda', /^run$/],
  ['bundle', /^exec$/],
  ['docker', /^(run|exec|compose)$/],
  ['podman', /^(run|exec)$/],
  ['kubectl', /^(run|exec)$/],
  ['git', /^(submodule|bisect|rebase|filter-branch|filter-repo|difftool|mergetool|for-each-repo|maintenance)$/],
]);

/** Variables whose value is run. */
const runVariable = /COMMAND|CMD|PAGER|EDITOR|VISUAL|ASKPASS|SSH|EXEC|SHELL|BASH_ENV|^ENV$/;

const suffixesMax = 64;

/** @param raws each word as it stands in the line, without its quotes */
export function findPossible(words: Words, raws: readonly string[], standardInput: string | undefined): Possible {
  const name = words[0]?.split('/').at(-1);
  if (name === 'git') return findByGit(words, raws);
  if (textTakers.has(name)) return { commands: [], texts: [] };
  const texts = [...raws.slice(1), ...(standardInput === undefined ? [] : [standardInput])].flatMap(textsIn);
  return { commands: startsOthers(name, words) ? suffixesOf(words.slice(1)) : [], texts };
}

function startsOthers(name: string | undefined, words: Words): boolean {
  const own = starting.get(name ?? '');
  return own ? words.slice(1).some((word) => word === undefined || own.test(word)) : !nameTakers.has(name);
}

function findByGit(words: Words, raws: readonly string[]): Possible {
  const [sub] = gitCommandOf(words);
  const settings = raws.flatMap((raw, at) => (raws[at - 1] === '-c' || raw.startsWith('-c') ? textsIn(raw) : []));
  if (sub === 'config') return { commands: [], texts: raws.flatMap(textsIn) };
  if (sub === undefined || !starting.get('git')?.test(sub)) return { commands: [], texts: settings };
  return { commands: suffixesOf(words.slice(1)), texts: raws.flatMap(textsIn) };
}

/** What is assigned before a command, as far as it may be run. */
export const textsOfAssignment = (text: string): string[] =>
  runVariable.test(text.split('=', 1)[0] ?? '') ? textsIn(text.slice(text.indexOf('=') + 1)) : [];

const suffixesOf = (args: Words): Words[] =>
  args
    .slice(0, suffixesMax)
    .flatMap((word, at) => (word === undefined || word.startsWith('-') ? [] : [args.slice(at)]));

/** A text of several words, also behind an option or `!`. */
function textsIn(raw: string): string[] {
  if (!/\s/.test(raw.trim())) return [];
  const behind = /^(?:--?[\w.-]+=|-\w|[\w.-]+=)?["'!\s]*(.*)$/s.exec(raw)?.[1] ?? raw;
  return behind === raw ? [raw] : [raw, behind];
}
