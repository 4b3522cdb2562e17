// Opens local sandboxes for one host: a folder for each session under the engine's base path, by user.
import { stat } from 'node:fs/promises';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { OpenedSandbox, SandboxOwner, SandboxRequest, SandboxSource } from '../sandbox-source.ts';
import type { Confinement } from './confinement.ts';
import { foldersOf, makeFolders, removeSessionFolders } from './local-folders.ts';
import { LocalSandbox } from './local-sandbox.ts';
import { clearLeavingFolder, removeFolders } from './remove-folders.ts';

export class LocalSource implements SandboxSource {
  readonly #base: string;
  readonly #confinement: Promise<Confinement>;
  readonly #onTrouble: (reason: string) => void;
  readonly #sweep: NodeJS.Timeout;
  #isSweeping = false;

  /**
   * @param base an absolute path; where commands are confined, sessions can't read each other's folders in it
   * @param confinement where it rejects, no sandbox is opened
   * @param onTrouble called with what stays behind, and why; its removal is tried again
   */
  constructor(base: string, confinement: Promise<Confinement>, onTrouble: (reason: string) => void = () => undefined) {
    this.#base = base;
    this.#confinement = confinement;
    this.#onTrouble = onTrouble;
    confinement.catch(() => undefined); // `open` reports it.
    this.#sweep = setInterval(() => void this.#clearLeavingFolder(), limits.reaperIntervalMs);
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
      const reason = reasonOf(error);
      return failed('sandboxFailed', `The workspace folder could not be made: ${reason}`);
    }
  }

  async remove(owner: SandboxOwner): Promise<void> {
    this.#reportFailure(await removeSessionFolders(this.#base, owner));
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const confinement = await this.#confinement.catch(() => undefined);
    await confinement?.close();
  }

  /** Tries again what could not be removed, or not wholly. */
  async #clearLeavingFolder(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#reportFailure(await clearLeavingFolder(this.#base));
    this.#isSweeping = false;
  }

  #reportFailure(outcome: Outcome<void>): void {
    if (!outcome.ok) this.#onTrouble(outcome.failure.detail);
  }
}
