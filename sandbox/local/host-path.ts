// Follows links that commands made, in which the workspace has another path than on this machine.
import { readlink } from 'node:fs/promises';
import path from 'node:path/posix';

/** Links that Linux follows in one path. */
const linksMax = 40;

export type WorkspaceNames = {
  /** The workspace's path on this machine, with links resolved. */
  host: string;
  /** Its path for commands. */
  inner: string;
};

/**
 * Finds the path on this machine that commands would reach. Links may change meanwhile, so the caller checks again what it
 * opens.
 * @param given a path of commands under the workspace
 * @returns the given path's place without following links where they lead outside or in circles: to open it fails then
 */
export async function resolveHostPath(given: string, names: WorkspaceNames): Promise<string> {
  let at = names.inner;
  let ahead = namesOfPath(given.slice(names.inner.length));
  for (let links = 0; ahead.length > 0 && links <= linksMax; ) {
    const [name = '', ...rest] = ahead;
    const next = path.join(at, name);
    if (!isBelow(next, names.inner) && !isBelow(names.inner, next)) break;
    const target = isBelow(next, names.inner) ? await readTarget(resolveOnHost(next, names)) : undefined;
    ahead = target === undefined ? rest : [...namesOfPath(target), ...rest];
    if (target === undefined) at = next;
    else if (target.startsWith('/')) at = '/';
    if (target !== undefined) links++;
  }
  return resolveOnHost(ahead.length === 0 && isBelow(at, names.inner) ? at : given, names);
}

/** Reads where a link leads; undefined for what is no link, or isn't there. */
const readTarget = (hostPath: string): Promise<string | undefined> => readlink(hostPath).catch(() => undefined);

const isBelow = (place: string, folder: string): boolean =>
  folder === '/' || place === folder || place.startsWith(`${folder}/`);
const resolveOnHost = (inner: string, { host, inner: root }: WorkspaceNames): string => host + inner.slice(root.length);
const namesOfPath = (text: string): string[] => text.split('/').filter((part) => part !== '' && part !== '.');
