// A session's sandbox: opened when it is first needed, given back once.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { OpenedSandbox } from '../../sandbox/sandbox-source.ts';
import { type Outcome, sessionEnded, succeeded } from '../../schema/error.ts';

export type LazySandboxDependencies = {
  openSandbox(): Promise<Outcome<OpenedSandbox>>;
  /** Makes the sandbox ready before anybody gets it; where that fails it is released, a fresh one closed. */
  prepareSandbox(opened: OpenedSandbox): Promise<Outcome<void>>;
  /** Removes what an earlier activation has left, of a session that ends without having opened it again. */
  removeLeftover(): Promise<void>;
};

export class LazySandbox {
  readonly #dependencies: LazySandboxDependencies;
  #sandbox: Promise<Outcome<Sandbox>> | undefined;
  /** The open sandbox, ready or not. */
  #held: Sandbox | undefined;
  #isAway: OpenedSandbox['isAway'];
  #hasEnded = false;

  constructor(dependencies: LazySandboxDependencies) {
    this.#dependencies = dependencies;
  }

  /** Opens the sandbox once; after a failure the next caller tries again. */
  async openOnce(): Promise<Outcome<Sandbox>> {
    if (this.#hasEnded) return sessionEnded;
    if (this.#held && this.#isAway) await this.#leaveIfAway(this.#held, this.#isAway);
    if (this.#hasEnded) return sessionEnded;
    this.#sandbox ??= this.#openAndPrepare();
    const opening = this.#sandbox;
    const sandbox = await opening;
    if (!sandbox.ok && this.#sandbox === opening) this.#sandbox = undefined;
    return sandbox;
  }

  /** The open sandbox, ready or not. */
  get held(): Sandbox | undefined {
    return this.#held;
  }

  get isOpen(): boolean {
    return this.#held !== undefined;
  }

  /** Keeps the sandbox for the session's next activation. */
  release(): Promise<void> {
    return this.#giveBack((sandbox) => sandbox.release());
  }

  /** Removes the sandbox with all that is in it. */
  close(): Promise<void> {
    return this.#giveBack((sandbox) => sandbox.close(), this.#hasEnded ? undefined : this.#dependencies.removeLeftover);
  }

  /** Leaves the sandbox to another owner: nothing more is done in it. */
  abandon(): Promise<void> {
    return this.#giveBack((sandbox) => sandbox.abandon());
  }

  async #openAndPrepare(): Promise<Outcome<Sandbox>> {
    const opened = await this.#dependencies.openSandbox();
    if (!opened.ok) return opened;
    const { sandbox, isFresh, isAway } = opened.value;
    this.#held = sandbox;
    this.#isAway = isAway;
    const prepared = await this.#dependencies.prepareSandbox(opened.value);
    if (prepared.ok) return succeeded(sandbox);
    if (this.#held !== sandbox) return prepared; // The sandbox was given back meanwhile.
    this.#held = undefined;
    await (isFresh ? sandbox.close() : sandbox.release());
    return prepared;
  }

  /** What a sandbox was on may be away for good: the next use gets another one. */
  async #leaveIfAway(sandbox: Sandbox, isAway: () => Promise<boolean>): Promise<void> {
    if (!(await isAway()) || this.#held !== sandbox) return;
    this.#held = undefined;
    this.#sandbox = undefined;
    sandbox.abandon().catch(() => undefined); // Nothing reaches it any more.
  }

  async #giveBack(giveBack: (sandbox: Sandbox) => Promise<void>, orElse?: () => Promise<void>): Promise<void> {
    this.#hasEnded = true;
    if (!this.#held) await this.#sandbox;
    const sandbox = this.#held;
    this.#sandbox = undefined;
    this.#held = undefined;
    if (sandbox) await giveBack(sandbox);
    else await orElse?.();
  }
}
