// What a sandbox with a guest asks of the place that the guest runs in: a container of Docker, or a Pod.
import type { Outcome } from '../../schema/error.ts';
import type { Sandbox } from '../sandbox.ts';
import type { AboutSnapshot } from '../sandbox-source.ts';
import type { Guest } from './guest.ts';
import type { ContainerUsage, ImageChange } from './owned-container.ts';

/** Asks the guest that is there, without starting one; undefined where none is. */
export type AskGuest = (
  request: Record<string, unknown>,
  timeoutMs: number,
) => Promise<Outcome<Record<string, unknown>> | undefined>;

export interface GuestPlace {
  readonly kind: Sandbox['kind'];
  /** Whether commands are to be root of a namespace of their own. */
  readonly wantsRoot: boolean;
  /** Starts a guest where everything has just been started. */
  startGuest(): Promise<Outcome<Guest>>;
  /** Starts a guest in whatever state the place is, and keeps the workspace as long as it can. */
  reachGuest(): Promise<Outcome<Guest>>;
  /** Whether the workspace's files were lost, which nobody knows yet; absent where they never are by themselves. */
  readonly hasLostWorkspace?: boolean;
  /** What was lost since the last call, in a sentence for the agent; undefined where nothing was. */
  takeLoss(): string | undefined;
  measureUsage(ask: AskGuest): Promise<Outcome<ContainerUsage>>;
  /** Lets it rest until the session's next activation; `ownExecId` is the caller's guest. */
  rest(ownExecId: string | undefined): Promise<void>;
  /** Its sandbox is used no more, though it may stay. */
  letGo?(): void;
  remove(): Promise<void>;
  saveDisks?(name: string, about: AboutSnapshot): Promise<Outcome<void>>;
  /** Whether a repository may ask for that image. */
  checkImage?(image: string): Outcome<void>;
  changeImage?(image: string): Promise<Outcome<ImageChange>>;
}
