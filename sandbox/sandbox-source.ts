// Where sandboxes come from: one source a host, of one kind.
import type { Outcome } from '../schema/error.ts';
import type { Sandbox } from './sandbox.ts';

/** The session that a sandbox belongs to; a source finds the sandbox by this alone. */
export type SandboxOwner = { sessionId: string; userId: string };

export type SandboxRequest = SandboxOwner & {
  /** Counts the session's owners: an earlier one never takes the sandbox from a later one. */
  epoch: number;
  /** A session that is read back from its rows may have a sandbox already. */
  mayExist: boolean;
  /** The name of a snapshot that a fresh sandbox begins with, where there is one. */
  snapshot?: string;
  /** Called with the session's place in the queue, from 1, each time that it changes, and with 0 when its turn has come. */
  onQueued(position: number): void;
};

/** What is known of a snapshot, as who kept it has said. */
export type AboutSnapshot = Readonly<Record<string, string>>;

/** `isFresh`: nothing of the session's earlier work is in it. `restored`: the snapshot that it was made from. */
export type OpenedSandbox = {
  sandbox: Sandbox;
  isFresh: boolean;
  restored?: AboutSnapshot | undefined;
  /** The daemon of a pool that has it. */
  daemon?: string;
  /** Whether what it is on has answered nothing for a while, so that another sandbox has to take its place. */
  isAway?(): Promise<boolean>;
};

export interface SandboxSource {
  /** How many sandboxes are made ahead and ready; absent where none are. */
  readonly warmCount?: number;
  open(request: SandboxRequest): Promise<Outcome<OpenedSandbox>>;
  /** Removes what earlier activations of a session have left, though nobody has it open. */
  remove(owner: SandboxOwner): Promise<void>;
  /** Removes what no session has. */
  close(): Promise<void>;
}
