// A session's container of Docker, as the place that its guest runs in.
import type { Outcome } from '../../schema/error.ts';
import type { AboutSnapshot } from '../sandbox-source.ts';
import type { Guest } from './guest.ts';
import type { GuestPlace } from './guest-place.ts';
import type { ContainerUsage, ImageChange, OwnedContainer } from './owned-container.ts';
import { reachGuest, startGuest } from './reach-guest.ts';

const workspaceLost =
  "The sandbox's container had ended, and what was in its workspace with it. A new one is ready, and empty.";

export class ContainerPlace implements GuestPlace {
  readonly kind = 'docker';
  readonly #owned: OwnedContainer;

  constructor(owned: OwnedContainer) {
    this.#owned = owned;
  }

  get wantsRoot(): boolean {
    return this.#owned.wantsRoot;
  }

  startGuest(): Promise<Outcome<Guest>> {
    return startGuest(this.#owned);
  }

  reachGuest(): Promise<Outcome<Guest>> {
    return reachGuest(this.#owned);
  }

  get hasLostWorkspace(): boolean {
    return this.#owned.hasLostWorkspace;
  }

  takeLoss(): string | undefined {
    return this.#owned.takeLoss() ? workspaceLost : undefined;
  }

  measureUsage(): Promise<Outcome<ContainerUsage>> {
    return this.#owned.measureUsage();
  }

  /** The container isn't paused where the session's next activation has it already. */
  async rest(ownExecId: string | undefined): Promise<void> {
    if (!(await this.#owned.isInUseBesides(ownExecId))) await this.#owned.pause();
  }

  remove(): Promise<void> {
    return this.#owned.remove();
  }

  saveDisks(name: string, about: AboutSnapshot): Promise<Outcome<void>> {
    return this.#owned.saveDisks(name, about);
  }

  checkImage(image: string): Outcome<void> {
    return this.#owned.checkImage(image);
  }

  changeImage(image: string): Promise<Outcome<ImageChange>> {
    return this.#owned.changeImage(image);
  }
}
