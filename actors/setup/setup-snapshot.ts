// Keeps what a repository's setup has made, for the same user's next session with the same branch, and brings it back.
import { createHash } from 'node:crypto';
import { cleanEnvironment, gitConfigFile } from '../../sandbox/git/repository.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { SandboxRequest } from '../../sandbox/sandbox-source.ts';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import type { SessionRecord } from '../../schema/session.ts';

/** Moving files aside and back takes tenths of a second; removing a large repository seconds. */
const moveTimeoutMs = 60_000;

/**
 * Names a session's snapshot: never another user's, nor another branch's, whose commands may have left anything.
 * @returns undefined without a repository
 */
export function snapshotNameOf({ userId, settings }: Pick<SessionRecord, 'userId' | 'settings'>): string | undefined {
  const { repoUrl, branch } = settings;
  if (repoUrl === null) return undefined;
  return createHash('sha256')
    .update(JSON.stringify([userId, repoUrl, branch]))
    .digest('hex');
}

/** The snapshot's own clone waits here, so that the session has a fresh one. */
const asideFolder = '.set-up';

const run = async (sandbox: Sandbox, text: string, signal: AbortSignal): Promise<boolean> => {
  const command = `${cleanEnvironment}; cd -- ${quoteForBash(sandbox.root)} || exit\n${text}`;
  const result = await sandbox.run(command, { timeoutMs: moveTimeoutMs, signal, isSeparate: true });
  return result.ok && result.value.kind === 'exited' && result.value.exitCode === 0;
};

/** Makes room for a fresh clone in a sandbox that was made from a snapshot. */
export const putCloneAside = (sandbox: Sandbox, signal: AbortSignal): Promise<boolean> =>
  run(sandbox, `rm -rf ${asideFolder} repo.cloning; [ ! -e repo ] || mv repo ${asideFolder}`, signal);

/** Moves what git doesn't know from the snapshot's clone into the fresh one; what that has already stays. */
export const bringBack = (sandbox: Sandbox, signal: AbortSignal): Promise<boolean> =>
  run(
    sandbox,
    `command git -C ${asideFolder} -c core.fsmonitor=false ls-files --others --directory -z |
while IFS= read -r -d '' name; do
  name=\${name%/}
  [ ! -e "repo/$name" ] && [ ! -L "repo/$name" ] || continue
  mkdir -p -- "repo/$(dirname -- "$name")" && mv -- "${asideFolder}/$name" "repo/$name" || exit
done
rm -rf ${asideFolder}`,
    signal,
  );

export const forgetClone = (sandbox: Sandbox, signal: AbortSignal): Promise<boolean> =>
  run(sandbox, `rm -rf ${asideFolder}`, signal);

/** Git's way to the repository is the session's own, and stays out of the snapshot; so does what commands have printed. */
export async function keepSnapshot(sandbox: Sandbox, name: string, digest: string, signal: AbortSignal): Promise<void> {
  if (sandbox.kind !== 'docker' || sandbox.keepSnapshot === undefined) return;
  const kept = '/tmp/lucid-gitconfig';
  const taken = await run(
    sandbox,
    `mv ${gitConfigFile} ${kept} && rm -rf ~/.lucid/commands/* && sync -f ${quoteForBash(sandbox.root)} && sync -f ~`,
    signal,
  );
  try {
    if (taken) await sandbox.keepSnapshot(name, { digest });
  } finally {
    // Also of a session that is stopped meanwhile: it may be activated again.
    const isBack = `[ ! -e ${kept} ] || mv -f ${kept} ${gitConfigFile}`;
    await run(sandbox, isBack, AbortSignal.timeout(moveTimeoutMs));
  }
}

/** What a source is asked for with a session's sandbox. */
export const snapshotOf = (record: SessionRecord): Pick<SandboxRequest, 'snapshot'> => {
  const snapshot = snapshotNameOf(record);
  return snapshot === undefined ? {} : { snapshot };
};
