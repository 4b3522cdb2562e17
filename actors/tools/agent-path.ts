// Resolves paths as an agent writes them: in a folder of this machine the workspace has two names.
import path from 'node:path/posix';
import { workspace } from '../../sandbox/sandbox.ts';

/** @param root the workspace as commands of the sandbox see it */
export function resolveAgentPath(given: string, root: string): string {
  if (root === workspace || !given.startsWith('/')) return given;
  const normal = path.normalize(given);
  const isInside = normal === root || normal.startsWith(`${root}/`);
  return isInside ? workspace + normal.slice(root.length) : given;
}
