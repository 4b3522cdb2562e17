// Local sandboxes for one host: a folder a session under the engine's base path, by user.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { OpenedSandbox, SandboxOwner, SandboxRequest, SandboxSource } from '../sandbox-source.ts';
import type { Confinement } from './confinement.ts';
import { makeFolders, ownFolders } from './local-folders.ts';
import { LocalSandbox } from './local-sandbox.ts';
import { emptyLeavingFolder, removeFolders } from './remove-folders.ts';

export class LocalSource implements SandboxSource {
  readonly #base: string;
  readonly #confinement: Promise<Confinement>;
  readonly #onTrouble: (reason: string) => void;
  readonly #sweep: NodeJS.Timeout;
  #isSweeping = false;

  /**
   * @param base absolute; sessions can't read each other's folders in it where commands are confined
   * @param confinement where it fails, there are no sandboxes
   * @param onTrouble hears what stays behind, and why; it is tried again
   */
  constructor(base: string, confinement: Promise<Confinement>, onTrouble: (reason: string) => void = () => undefined) {
    this.#base = base;
    this.#confinement = confinement;
    this.#onTrouble = onTrouble;
    confinement.catch(() => undefined); // Whoever opens a sandbox hears of it.
    this.#sweep = setInterval(() => void this.#emptyLeavingFolder(), limits.reaperIntervalMs);
    this.#sweep.unref();
  }

  async open(request: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    const [root, own] = foldersOf(this.#base, request);
    try {
      const existed = await stat(root).then(
        () => true,
        () => false,
      );
      const confinement = await this.#confinement;
      const folders = await makeFolders(root, own);
      await confinement.prepare(folders);
      const remove = async (gone: readonly string[]) => this.#reportFailure(await removeFolders(this.#base, gone));
      return succeeded({ sandbox: new LocalSandbox({ folders, confinement, remove }), isFresh: !existed });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return failed('sandboxFailed', `The workspace folder could not be made: ${reason}`);
    }
  }

  async remove(owner: SandboxOwner): Promise<void> {
    this.#reportFailure(await removeFolders(this.#base, foldersOf(this.#base, owner)));
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const confinement = await this.#confinement.catch(() => undefined);
    await confinement?.close();
  }

  /** What could not be removed, or was cut short, is tried again. */
  async #emptyLeavingFolder(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#reportFailure(await emptyLeavingFolder(this.#base));
    this.#isSweeping = false;
  }

  #reportFailure(outcome: Outcome<void>): void {
    if (!outcome.ok) this.#onTrouble(outcome.failure.detail);
  }
}

/** A session's workspace, and what its commands need besides. */
export const foldersOf = (base: string, { sessionId, userId }: SandboxOwner): [root: string, own: string] => [
  path.join(base, folderNameOf(userId), folderNameOf(sessionId)),
  path.join(base, ownFolders, folderNameOf(sessionId)),
];

const nameCharsMax = 200;

/** A user's id as one name of a folder: readable where it can be, never `..`, never too long. */
export function folderNameOf(id: string): string {
  const name = encodeURIComponent(id).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
  return name.length <= nameCharsMax ? name : createHash('sha256').update(id).digest('hex');
}
