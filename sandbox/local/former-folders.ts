// Folders of sessions from when this engine's sandboxes were folders: what is deleted goes there, too.
import type { OnTrouble } from '../guarded-source.ts';
import type { SandboxOwner } from '../sandbox-source.ts';
import { foldersOf } from './local-source.ts';
import { removeFolders } from './remove-folders.ts';

export class FormerFolders {
  readonly #base: string;
  readonly #onTrouble: OnTrouble;

  constructor(base: string, onTrouble: OnTrouble) {
    this.#base = base;
    this.#onTrouble = onTrouble;
  }

  async remove(owner: SandboxOwner): Promise<void> {
    const removed = await removeFolders(this.#base, foldersOf(this.#base, owner));
    if (!removed.ok) this.#onTrouble(removed.failure.detail);
  }
}
