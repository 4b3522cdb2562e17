// Follows links that commands made: they name the workspace as commands know it, which is another path on this machine.
import { readlink } from 'node:fs/promises';
import path from 'node:path/posix';

/** As many as Linux follows in one path. */
const linksMax = 40;

export type WorkspaceNames = {
  /** The workspace on this machine, its own links resolved. */
  host: string;
  /** The same as commands know it. */
  inner: string;
};

/**
 * The place on this machine of a path under the workspace, as its commands would find it. This only looks: what is there
 * when it is opened has to be judged then.
 * @param given a path as commands know it
 * @returns the path as it is where it leads outside or in circles: this machine says so when it is opened
 */
export async function resolveHostPath(given: string, names: WorkspaceNames): Promise<string> {
  let at = names.inner;
  let ahead = partsOfPath(given.slice(names.inner.length));
  for (let links = 0; ahead.length > 0 && links <= linksMax; ) {
    const [name = '', ...rest] = ahead;
    const next = path.join(at, name);
    if (!isBelow(next, names.inner) && !isBelow(names.inner, next)) break;
    const target = isBelow(next, names.inner) ? await readTarget(resolveOnHost(next, names)) : undefined;
    ahead = target === undefined ? rest : [...partsOfPath(target), ...rest];
    if (target === undefined) at = next;
    else if (target.startsWith('/')) at = '/';
    if (target !== undefined) links++;
  }
  return resolveOnHost(ahead.length === 0 && isBelow(at, names.inner) ? at : given, names);
}

/** Of a link; undefined for what is none, or isn't there. */
const readTarget = (hostPath: string): Promise<string | undefined> => readlink(hostPath).catch(() => undefined);

const isBelow = (place: string, folder: string): boolean =>
  folder === '/' || place === folder || place.startsWith(`${folder}/`);
const resolveOnHost = (inner: string, { host, inner: root }: WorkspaceNames): string => host + inner.slice(root.length);
const partsOfPath = (text: string): string[] => text.split('/').filter((part) => part !== '' && part !== '.');
