// Local sandboxes for one host: a folder a session under the engine's base path, by user.
import { createHash } from 'node:crypto';
import { mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { OpenedSandbox, SandboxRequest, SandboxSource } from '../source.ts';
import type { Confinement } from './confinement.ts';
import { LocalSandbox } from './local.ts';

export class LocalSource implements SandboxSource {
  readonly #base: string;
  readonly #confinement: Promise<Confinement>;

  /**
   * @param base absolute; sessions can't read each other's folders in it where commands are confined
   * @param confinement where it fails, there are no sandboxes
   */
  constructor(base: string, confinement: Promise<Confinement>) {
    this.#base = base;
    this.#confinement = confinement;
    confinement.catch(() => undefined); // Whoever opens a sandbox hears of it.
  }

  async open({ sessionId, userId }: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    const root = path.join(this.#base, folderNameOf(userId), folderNameOf(sessionId));
    const shellFolder = path.join(this.#base, shellsFolder, folderNameOf(sessionId));
    try {
      const existed = await stat(root).then(
        () => true,
        () => false,
      );
      const folders = { root: await madeFolder(root), shellFolder: await madeFolder(shellFolder) };
      return succeeded({ sandbox: new LocalSandbox(folders, await this.#confinement), isFresh: !existed });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return failed('sandboxFailed', `The workspace folder could not be made: ${reason}`);
    }
  }

  async close(): Promise<void> {
    const confinement = await this.#confinement.catch(() => undefined);
    await confinement?.close();
  }
}

/** Beside the users' folders; none of them can have a name that begins with a dot. */
const shellsFolder = '.shells';

async function madeFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return realpath(folder);
}

const nameCharsMax = 200;

/** A user's id as one name of a folder: readable where it can be, never `..`, never too long. */
export function folderNameOf(id: string): string {
  const name = encodeURIComponent(id).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
  return name.length <= nameCharsMax ? name : createHash('sha256').update(id).digest('hex');
}
