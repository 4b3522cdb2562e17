// Folders of sessions from when this engine's sandboxes were folders: what is deleted goes there, too.
import type { OnTrouble } from '../guarded.ts';
import type { SandboxOwner } from '../source.ts';
import { removeFolders } from './removal.ts';
import { foldersOf } from './source.ts';

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
