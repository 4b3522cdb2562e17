// Reads the variables that a devcontainer sets: which are exported, and which aren't, with a sentence. Pure.
import { repositoryPath } from '../../sandbox/git/repository.ts';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';

export type DevcontainerEnvironment = { exports: string[]; sentences: string[] };

const variablesMax = 64;
const valueCharsMax = 4_096;
const validName = /^[A-Za-z_]\w{0,99}$/;

/**
 * Names that decide what programs are run in place of others, by which way they reach the network, or how git finds its own. The engine's
 * own names are among them.
 */
const refusedName =
  /^(LD_.*|DYLD_.*|GIT_.*|SSH_.*|LUCID_.*|DOCKER_.*|.*_proxy|NODE_USE_ENV_PROXY|BASH.*|SHELLOPTS|ENV|IFS|PS[0-4]|PROMPT_COMMAND|HOME|SHELL|USER|TMPDIR|PYTHONSTARTUP|PERL5OPT|RUBYOPT)$/i;

/** Words in braces that stand for something: `${localEnv:NAME:otherwise}`, `${containerEnv:NAME}`. */
const wish = /\$\{([a-zA-Z]+)(?::([^:}]*))?(?::([^}]*))?\}/;

/** The remote ones count where both are set, as for editors. */
export function readEnvironment(containerEnv: unknown, remoteEnv: unknown): DevcontainerEnvironment {
  const wanted = [...entriesOf(containerEnv), ...entriesOf(remoteEnv)];
  const exports = new Map<string, string>();
  const refused: string[] = [];
  for (const [name, value] of wanted.slice(0, variablesMax)) {
    if (value === null) continue; // By this a variable is taken away from editors alone.
    const isTaken = validName.test(name) && !refusedName.test(name) && typeof value === 'string';
    const written = isTaken && value.length <= valueCharsMax ? writeValue(value) : undefined;
    if (written === undefined || (name === 'PATH' && !keepsPath(String(value)))) refused.push(name);
    else exports.set(name, `export ${name}=${written}`);
  }
  return {
    exports: [...exports.values()],
    sentences: [
      ...(exports.size === 0
        ? []
        : [`These variables are set in the session's shell: ${[...exports.keys()].join(', ')}.`]),
      ...(refused.length === 0 ? [] : [`These variables are not set: ${refused.join(', ')}.`]),
      ...(wanted.length <= variablesMax ? [] : [`Only the first ${variablesMax} of its variables are set.`]),
    ],
  };
}

const entriesOf = (given: unknown): [string, unknown][] =>
  typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : [];

const keepsPath = (value: string): boolean => /\$\{(containerEnv|remoteEnv):PATH\}/.test(value);

/** What is the machine's own is empty; folders are the sandbox's. @returns undefined for a word that is not known */
function writeValue(value: string): string | undefined {
  const parts: string[] = [];
  let rest = value;
  for (let found = wish.exec(rest); found; found = wish.exec(rest)) {
    const [whole, kind = '', name = '', otherwise = ''] = found;
    const written = writeWish(kind, name, otherwise);
    if (written === undefined) return undefined;
    parts.push(quoteForBash(rest.slice(0, found.index)), written);
    rest = rest.slice(found.index + whole.length);
  }
  return [...parts, quoteForBash(rest)].join('');
}

function writeWish(kind: string, name: string, otherwise: string): string | undefined {
  if (kind === 'localEnv' || kind === 'env') return quoteForBash(otherwise);
  if (kind === 'containerEnv' || kind === 'remoteEnv')
    return validName.test(name) && !refusedName.test(name) ? `"\${${name}-}"` : undefined;
  if (/^(local|container)WorkspaceFolder$/.test(kind)) return quoteForBash(repositoryPath);
  return /^(local|container)WorkspaceFolderBasename$/.test(kind) ? quoteForBash('repo') : undefined;
}
