// Removes ended containers of other engines, which may never come back: an ended container holds nothing any more.
import type Docker from 'dockerode';
import { labels } from './container-settings.ts';

/**
 * A workspace, in memory or on disk, goes with its last container's end, so no session loses anything. Containers that run or
 * are paused stay: whether their engine runs can't be told.
 * @param idleMs a container that was made more recently may be starting, and stays
 * @returns how many were removed
 * @throws what dockerode throws
 */
export async function removeStaleContainers(docker: Docker, engineId: string, idleMs: number): Promise<number> {
  const filters = { label: [`${labels.managed}=true`], status: ['created', 'exited', 'dead'] };
  const listed = await docker.listContainers({ all: true, filters });
  let removed = 0;
  for (const { Id, Created, Labels, Mounts } of listed) {
    if (Labels[labels.engine] === engineId || Date.now() - Created * 1_000 < idleMs) continue;
    const isGone = await tryRemove(docker.getContainer(Id));
    for (const { Name } of Mounts) if (isGone && Name !== undefined) await tryRemove(docker.getVolume(Name));
    removed += isGone ? 1 : 0;
  }
  return removed;
}

/** Removes without force, so that a container that has been started since stays. */
const tryRemove = (containerOrVolume: { remove(): Promise<unknown> }): Promise<boolean> =>
  containerOrVolume.remove().then(
    () => true,
    () => false,
  );
