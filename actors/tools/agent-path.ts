// Paths as an agent writes them: where its commands know the workspace by another name, files answer to both.
import path from 'node:path/posix';
import { workspace } from '../../sandbox/sandbox.ts';

/** @param root the workspace as commands of the sandbox see it */
export function resolveAgentPath(given: string, root: string): string {
  if (root === workspace || !given.startsWith('/')) return given;
  const normal = path.normalize(given);
  const isInside = normal === root || normal.startsWith(`${root}/`);
  return isInside ? workspace + normal.slice(root.length) : given;
}
