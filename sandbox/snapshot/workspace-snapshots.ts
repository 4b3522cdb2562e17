// A workspace's files as a chain of snapshots: a base, and differences from what was before.
import type { Outcome } from '../../schema/error.ts';

/** What has been taken and waits in the sandbox to be read. */
export type TakenSnapshot = {
  id: string;
  commit: string;
  /** Whether it holds all files; otherwise what has changed since its parent. */
  isBase: boolean;
  bytes: number;
  /** All of it, where it is small. */
  bundle?: Uint8Array;
  /** How many files are too large or can't be read, and the names of some. */
  leftOut: number;
  leftOutNames: readonly string[];
};

/** What a sandbox says of why it gives no snapshot, in a sentence for people. */
export class SandboxRefusal extends Error {}

export interface WorkspaceSnapshots {
  /**
   * Takes the files as they are: those that git would take up, and each repository's `.git`. Nothing that they hold is run.
   * @param parent the commit of which the store has all; undefined for a base, which is also made where the sandbox hasn't it
   * @returns undefined where nothing has changed since the parent
   */
  take(parent: string | undefined): Promise<Outcome<TakenSnapshot | undefined>>;
  /** Reads a part of `limits.snapshotPartBytes`; what was taken is removed with its last one. */
  readPart(taken: TakenSnapshot, offset: number): Promise<Outcome<Uint8Array>>;
  /** Gives the sandbox a part of a snapshot that is to be restored. */
  addPart(part: Uint8Array, isFirst: boolean): Promise<Outcome<void>>;
  /** Says that the parts are all of one snapshot; those before it in its chain were given earlier. */
  takeOver(): Promise<Outcome<void>>;
  /** Puts the files of a commit whose snapshots were all taken over into the workspace, over what is there. */
  restore(commit: string): Promise<Outcome<void>>;
}
