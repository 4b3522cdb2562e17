// What a workspace's changes are counted from, by the session's events: what the agent does to its repository changes nothing.
import type { ChangesBase } from '../../sandbox/changes/changes-base.ts';
import { repositoryPath } from '../../sandbox/git/repository.ts';
import { type Sandbox, workspace } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';

const unknownBase = failed('noBase', 'The repository was cloned by a version that did not note its commit.');

export class WorkspaceBase {
  readonly #hasRepository: boolean;
  /** Null where nothing was there to be checked out; undefined where that isn't known. */
  #commit: string | null | undefined;

  /** @param events those that may have recorded a clone */
  constructor(hasRepository: boolean, events: readonly StoredEvent[]) {
    this.#hasRepository = hasRepository;
    if (hasRepository) this.#commit = events.findLast(isClone)?.metadata?.baseCommit;
  }

  noteClone(commit: string | null): void {
    this.#commit = commit;
  }

  /** @param kind of the sandbox: in memory nothing is cloned */
  find(kind: Sandbox['kind']): Outcome<ChangesBase> {
    if (!this.#hasRepository || kind === 'memory') return succeeded({ folder: workspace, commit: null });
    return this.#commit === undefined ? unknownBase : succeeded({ folder: repositoryPath, commit: this.#commit });
  }
}

const isClone = ({ eventType }: StoredEvent): boolean => eventType === 'RepositoryCloned';
