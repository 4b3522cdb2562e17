// Sets up git in a session's sandbox and clones its repository once. Git runs inside of the sandbox only.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { type RunResult, type Sandbox, workspace } from '../sandbox.ts';
import { quoteForBash } from '../shell/shell-lines.ts';
import { checkBranch } from './branch-name.ts';
import { cloneFailureOf } from './clone-failure.ts';
import { gitConfigOf } from './git-config.ts';
import type { GitGrant } from './git-proxy.ts';

/** Setting git up in a sandbox takes 20 ms. */
export const gitSetupTimeoutMs = 10_000;
/** A user waits for the clone before the first step. A hundred megabytes take 10 s on an ordinary connection. */
export const cloneTimeoutMs = 300_000;

export type RepositoryRequest = {
  grant: GitGrant;
  /** Null for the repository's default branch. */
  branch: string | null;
  /** The author of commits; an agent where they are null. */
  userName: string | null;
  userEmail: string | null;
  signal: AbortSignal;
};

export type Repository = {
  path: string;
  /** False where an earlier activation cloned it. */
  isNew: boolean;
  /** Whether nobody has pushed to it yet; the branch that was asked for is checked out all the same, to be the first. */
  isEmpty: boolean;
  /** The commit that was checked out; null where there was none to check out, or an earlier activation cloned it. */
  commit: string | null;
};

/** Clients and models know the repository by this path. */
export const repositoryPath = `${workspace}/repo`;

/**
 * Sets git up for a fresh grant, and clones where the repository isn't there yet.
 *
 * The clone is a whole one: agents read history, blame and merge, and a partial clone would fetch each old file when it
 * is first looked at, long after a grant may have ended.
 * @returns `badBranch`, or why it could not be cloned
 */
export async function prepareRepository(sandbox: Sandbox, request: RepositoryRequest): Promise<Outcome<Repository>> {
  if (sandbox.kind === 'memory') return failed('repositoryFailed', 'The in-memory sandbox has no git.');
  const branch = request.branch === null ? undefined : checkBranch(request.branch);
  if (branch && !branch.ok) return branch;
  const ready = await setUpGit(sandbox, request);
  if (!ready.ok) return ready;
  const cloned = await runClone(sandbox, buildWholeCloneCommand(request), request);
  const lacksBranch = !cloned.ok && cloned.failure.code === 'noSuchBranch';
  if (!lacksBranch || !(await hasNoRefs(sandbox, request))) return cloned;
  return runClone(sandbox, buildEmptyCloneCommand(request), request);
}

/** Undoes what an agent may have exported: a `git` of its own first on the path, or another repository for all commands. */
export const cleanEnvironment =
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; ' +
  'unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_CONFIG GIT_CONFIG_GLOBAL GIT_CONFIG_COUNT GIT_EXEC_PATH GIT_TEMPLATE_DIR';

/** Leads git to the session's own grant. */
export const gitConfigFile = '~/.cache/lucid/gitconfig';

/** The engine's configuration is in a file of its own, so that what an agent sets with `git config --global` stays. */
async function setUpGit(
  sandbox: Sandbox,
  { grant, userName, userEmail, signal }: RepositoryRequest,
): Promise<Outcome<void>> {
  const text = gitConfigOf({ repoUrl: grant.repoUrl, gitProxyUrl: grant.url, userName, userEmail });
  const result = await sandbox.run(
    `(${cleanEnvironment}; umask 077 && mkdir -p ~/.cache/lucid && printf %s ${quoteForBash(text)} >| ${gitConfigFile} &&
      command git config --global --replace-all include.path '${gitConfigFile}' '^~/[.]cache/lucid/gitconfig$')`,
    { timeoutMs: gitSetupTimeoutMs, signal },
  );
  if (!result.ok) return result;
  if (hasSucceeded(result.value)) return succeeded(undefined);
  return failed(
    'repositoryFailed',
    `Git could not be set up in the sandbox: ${result.value.output.trim() || result.value.kind}.`,
  );
}

const alreadyClonedExitCode = 77;

/** A clone has this folder until it is complete, so that one that was cut is never taken for a whole one. */
const unfinishedFolder = 'repo.cloning';

function buildWholeCloneCommand({ grant, branch }: RepositoryRequest): string {
  return `command git clone ${branch === null ? '' : `--branch ${quoteForBash(branch)} `}-- ${quoteForBash(grant.repoUrl)} ${unfinishedFolder}`;
}

/** Checks out the branch that is to be the first, so that a bare `git push` makes it. */
function buildEmptyCloneCommand({ grant, branch }: RepositoryRequest): string {
  const first = branch ?? '';
  return `command git clone -- ${quoteForBash(grant.repoUrl)} ${unfinishedFolder} && ( cd ${unfinishedFolder} &&
        command git symbolic-ref HEAD ${quoteForBash(`refs/heads/${first}`)} &&
        command git config ${quoteForBash(`branch.${first}.remote`)} origin &&
        command git config ${quoteForBash(`branch.${first}.merge`)} ${quoteForBash(`refs/heads/${first}`)} )`;
}

/** Whether the server has no branch and no tag. */
async function hasNoRefs(sandbox: Sandbox, { grant, signal }: RepositoryRequest): Promise<boolean> {
  const result = await sandbox.run(
    `(${cleanEnvironment}; refs=$(command git ls-remote -- ${quoteForBash(grant.repoUrl)} 2>/dev/null) && [ -z "$refs" ])`,
    { timeoutMs: cloneTimeoutMs, signal },
  );
  return result.ok && hasSucceeded(result.value);
}

async function runClone(
  sandbox: Sandbox,
  command: string,
  { grant, branch, signal }: RepositoryRequest,
): Promise<Outcome<Repository>> {
  const root = quoteForBash(sandbox.root);
  const result = await sandbox.run(
    `(${cleanEnvironment}; cd ${root} || exit; [ ! -e repo ] || exit ${alreadyClonedExitCode}; rm -rf ${unfinishedFolder}
      export LC_ALL=C; ${command} && mv ${unfinishedFolder} repo && { command git -C repo rev-parse --verify --quiet HEAD || :; })`,
    { timeoutMs: cloneTimeoutMs, signal },
  );
  if (!result.ok) return result;
  if (hasSucceeded(result.value)) {
    await sandbox.run(`cd -- ${root}/repo`, { timeoutMs: gitSetupTimeoutMs, signal }); // The agent's work begins there.
    return succeeded({
      path: repositoryPath,
      isNew: true,
      isEmpty: isEmptyClone(result.value),
      commit: findCommit(result.value),
    });
  }
  if (result.value.kind === 'exited' && result.value.exitCode === alreadyClonedExitCode)
    return succeeded({ path: repositoryPath, isNew: false, isEmpty: false, commit: null });
  const failure = cloneFailureOf(
    result.value,
    { repoUrl: grant.repoUrl, gitProxyUrl: grant.url, branch },
    grant.failure,
  );
  // Git leaves an unfinished clone behind when it is killed.
  await sandbox.run(`rm -rf ${root}/${unfinishedFolder}`, {
    timeoutMs: gitSetupTimeoutMs,
    signal: new AbortController().signal,
  });
  return failure;
}

const isEmptyClone = ({ output }: RunResult): boolean =>
  output.includes('You appear to have cloned an empty repository');

/** The last line tells it: what the server says comes before. */
const findCommit = ({ output }: RunResult): string | null =>
  /(?:^|\n)([0-9a-f]{40}(?:[0-9a-f]{24})?)\n$/.exec(output)?.[1] ?? null;

const hasSucceeded = (result: RunResult): boolean => result.kind === 'exited' && result.exitCode === 0;
