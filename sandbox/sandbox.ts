// The interface of a sandbox: the place where one session's tools act. Actors and the files' routes know nothing else of it.
import type { FileDiff } from '../schema/change.ts';
import type { Outcome } from '../schema/error.ts';
import type { FileBytes, FileContent, FilePart, Patch, Tree, WorkspaceEntry } from '../schema/file.ts';
import type { SandboxUsage } from '../schema/resources.ts';
import type { Background } from './background/background.ts';
import type { ChangesBase, FoundChanges } from './changes/changes-base.ts';
import type { CommandOutput } from './shell/command-output.ts';
import type { WorkspaceSnapshots } from './snapshot/workspace-snapshots.ts';

export const workspace = '/workspace';

export type RunOptions = {
  timeoutMs: number;
  signal: AbortSignal;
  /** Called with what the command prints, while it runs. */
  onOutput?: (chunk: Buffer) => void;
  /** Collects what a command in the shell prints, in place of a collector of the sandbox's own; one in memory ignores it. */
  output?: CommandOutput;
  /**
   * Whether the command runs in a process of its own beside the shell, as tools need it: nothing that earlier commands have
   * exported or left running is in what it prints.
   */
  isSeparate?: boolean;
};

/** How a command ended. A timeout or an interrupt is an ending like any other. */
export type RunResult =
  | { kind: 'exited'; output: string; exitCode: number }
  | { kind: 'timedOut'; output: string; limitMs: number }
  | { kind: 'cancelled'; output: string };

/** A program that runs beside the shell and is spoken with, such as an MCP server. */
export type ProcessOptions = {
  /** The program and its arguments. */
  program: readonly string[];
  /** Its own variables beside the sandbox's. */
  environment: Readonly<Record<string, string>>;
  /** Where it begins, as commands know it; the root of the workspace where that is not there. */
  folder: string;
  onOutput(chunk: Buffer): void;
  onErrorOutput(chunk: Buffer): void;
};

export interface SandboxProcess {
  /** Gives it input; one that reads none is ended once too much of it waits. */
  write(text: string): void;
  /** Resolves with its exit code; with null where nobody knows it. */
  readonly ended: Promise<number | null>;
  /** Ends it with all that it started. */
  kill(): Promise<void>;
}

export interface Sandbox {
  readonly kind: 'docker' | 'kubernetes' | 'local' | 'memory';
  /** Where its commands find the workspace; files are always named from `workspace`. */
  readonly root: string;
  /** Whether commands are root, in a namespace of their own. */
  readonly isRoot?: boolean;
  /** What users must know about it, for the session's first status. */
  readonly warning?: string | undefined;
  /** Runs one command line; the working directory lasts between commands. */
  run(command: string, options: RunOptions): Promise<Outcome<RunResult>>;
  /** Starts a program that runs until it ends by itself, is killed, or the sandbox is given back; it costs no turn of the shell. */
  startProcess(options: ProcessOptions): Promise<Outcome<SandboxProcess>>;
  /** Commands that run on beside the shell; absent where none can. */
  readonly background?: Background | undefined;
  /** The workspace's files for keeping outside of it; absent where they are recorded otherwise. */
  readonly snapshots?: WorkspaceSnapshots | undefined;
  /**
   * Tells whoever listens that the workspace was lost and an empty one is there, before the next command is answered, which
   * fails with the sentence that comes back, if any. Absent where that can't happen.
   */
  listenLoss?(onLost: () => Promise<string | undefined>): void;
  /** Reads a file under the workspace, relative paths from its root; anything else is `badPath`, `noSuchFile`, `notAFile` or `fileTooLarge`. */
  read(path: string, part?: FilePart): Promise<Outcome<FileContent>>;
  /** Writes a file under the workspace, making its folders. */
  write(path: string, content: string | Uint8Array): Promise<Outcome<{ path: string }>>;
  /**
   * Lists the workspace, or a folder of it, as a tree bounded by `limits.treeEntriesMax`. What a link leads to inside of the
   * workspace is listed under the link's own path, where the whole listing begins there.
   */
  list(folder?: string): Promise<Outcome<Tree>>;
  /**
   * Lists what has changed since the base, untracked files included and ignored ones left out; `noBase` where that is gone.
   * Nothing that the workspace holds is run.
   */
  listChanges(base: ChangesBase): Promise<Outcome<FoundChanges>>;
  /** Reads the unified diff of one changed file, bounded by `limits.diffBytesMax`; `noSuchFile` where it hasn't changed. */
  readDiff(path: string, base: ChangesBase): Promise<Outcome<FileDiff>>;
  /** Lists all files, folders and links of the workspace, parents first, without what git keeps in `.git`; bounded. */
  listAll(): Promise<Outcome<WorkspaceEntry[]>>;
  /** Reads a part of a file that `listAll` has named, at most `limits.fileBytesMax` of it. */
  readBytes(entryPath: string, offset: number): Promise<Outcome<FileBytes>>;
  /** Makes the patch of all changes, bounded by `limits.patchBytesMax`, to be read part by part to its end. */
  makePatch(base: ChangesBase): Promise<Outcome<Patch>>;
  readPatch(patch: Patch, offset: number): Promise<Outcome<Uint8Array>>;
  /** Cheap, and within seconds also where the sandbox is overwhelmed; it starts nothing in it. */
  measureUsage(): Promise<Outcome<SandboxUsage>>;
  /**
   * Keeps what is on its disks as a snapshot, for later sandboxes to begin with; absent where that can't be done.
   * @param about what its keeper wants to know of it later
   */
  keepSnapshot?(name: string, about: Readonly<Record<string, string>>): Promise<Outcome<void>>;
  /**
   * Has its commands run in another image from now on; files and home stay. Absent where there are no images.
   * @returns the image's id; a failure says in a sentence why it can't be used, and the sandbox is as it was
   */
  readonly useImage?: ((image: string) => Promise<Outcome<{ imageId: string }>>) | undefined;
  /** Lets go of the sandbox without ending it: the session's next activation finds it again. */
  release(): Promise<void>;
  /**
   * Lets go of the sandbox and leaves it as it is, because another owner has it by now: not even a command in it is ended.
   */
  abandon(): Promise<void>;
  /** Removes the sandbox with all that it holds. It can't be used afterwards. */
  close(): Promise<void>;
}
