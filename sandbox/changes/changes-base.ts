// What a workspace's changes are counted from.
import type { Change } from '../../schema/change.ts';

export type ChangesBase = {
  /** The folder that is compared, as files are named: that of the repository, or the workspace where there is none. */
  folder: string;
  /** The commit that was cloned; null for none, where all files are new. */
  commit: string | null;
};

/** `isCut`: more has changed than is listed. */
export type FoundChanges = { changes: Change[]; isCut: boolean };
