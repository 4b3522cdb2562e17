// The contract of a sandbox: the place where one session's tools act. Actors and the files API see nothing else.
import type { Outcome } from '../schema/error.ts';
import type { FileContent, Tree } from '../schema/file.ts';

export const workspace = '/workspace';

export type RunOptions = { timeoutMs: number; signal: AbortSignal };

/** How a command ended. A timeout or an interrupt is an ending like any other. */
export type RunResult =
  | { kind: 'exited'; output: string; exitCode: number }
  | { kind: 'timedOut'; output: string; limitMs: number }
  | { kind: 'cancelled'; output: string };

export interface Sandbox {
  readonly kind: 'docker' | 'local' | 'memory';
  /** Runs one command line; the working directory lasts between commands. */
  run(command: string, options: RunOptions): Promise<Outcome<RunResult>>;
  /** Reads a file under the workspace; anything else is `badPath`, `noSuchFile`, `notAFile` or `fileTooLarge`. */
  read(path: string): Promise<Outcome<FileContent>>;
  /** Writes a file under the workspace, making its folders. */
  write(path: string, content: string): Promise<Outcome<{ path: string }>>;
  /** The workspace as a tree, bounded by `limits.treeEntriesMax`. */
  list(): Promise<Outcome<Tree>>;
  /** Gives back everything. The sandbox can't be used afterwards. */
  close(): Promise<void>;
}
