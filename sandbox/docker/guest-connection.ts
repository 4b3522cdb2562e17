// A sandbox's connection to the guest in its container: opened again when it broke, and told what is left to be killed.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { KillTarget } from '../shell/open-shell.ts';
import type { Guest } from './guest.ts';
import { killTimeoutMs } from './guest-command.ts';
import type { GuestPlace } from './guest-place.ts';

/** What is left to be killed once the container can be reached again. */
type PendingKill = Omit<KillTarget, 'ageMs'> & { startedAtMs: number };

const closed = failed('sandboxFailed', 'The sandbox is closed.');

export class GuestConnection {
  readonly #place: GuestPlace;
  #guest: Guest | undefined;
  #reaching: Promise<Outcome<Guest>> | undefined;
  #pendingKills: PendingKill[] = [];
  /** The folder of the shell that was killed last. */
  #lastFolder: string | undefined;
  #isClosed = false;

  constructor(place: GuestPlace) {
    this.#place = place;
  }

  /** Starts a guest in a container that has just been started. */
  async startFirst(): Promise<Outcome<Guest>> {
    const guest = await this.#place.startGuest();
    if (!guest.ok) return guest;
    this.#guest = guest.value;
    if (this.#isClosed) this.close();
    return guest;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Why commands aren't root of a namespace, though they were to be. */
  get rootProblem(): string | undefined {
    return this.#guest?.rootProblem;
  }

  /** The id of the guest's exec; undefined before there is one. */
  get execId(): string | undefined {
    return this.#guest?.execId;
  }

  /** Gives the guest that runs, or a fresh one. */
  reach(): Promise<Outcome<Guest>> {
    if (this.#isClosed) return Promise.resolve(closed);
    if (this.#guest?.isUsable) return Promise.resolve(succeeded(this.#guest));
    this.#reaching ??= this.#reachNow().finally(() => {
      this.#reaching = undefined;
    });
    return this.#reaching;
  }

  /** Gives a guest that has killed what was left to be killed; one that can't is closed, and a second one tries. */
  async reachSettled(): Promise<Outcome<Guest>> {
    let guest = await this.reach();
    for (let attempt = 0; guest.ok && attempt < 2 && !(await this.#settlePendingKills(guest.value)); attempt++) {
      guest.value.close();
      guest = await this.reach();
    }
    return guest;
  }

  /** Sends a request that may be repeated, and does so where the guest ended meanwhile. */
  async request(request: Record<string, unknown>): Promise<Outcome<Record<string, unknown>>> {
    const guest = await this.reach();
    if (!guest.ok) return guest;
    const answer = await guest.value.request(request);
    if (answer.ok || guest.value.isUsable) return answer;
    const fresh = await this.reach();
    return fresh.ok ? fresh.value.request(request) : fresh;
  }

  /** Asks the guest that is there, without starting one. @returns undefined where none is */
  async requestIfUp(
    request: Record<string, unknown>,
    timeoutMs: number,
  ): Promise<Outcome<Record<string, unknown>> | undefined> {
    return this.#guest?.isUsable ? this.#guest.request(request, timeoutMs) : undefined;
  }

  /** @returns the folder that the killed shell was in, where that can be told */
  async kill(target: KillTarget): Promise<string | undefined> {
    this.#pendingKills.push({ ...target, startedAtMs: performance.now() - target.ageMs });
    const guest = await this.reachSettled();
    return guest.ok ? this.#lastFolder : undefined;
  }

  /** Lets the guest go, whose container is about to be replaced. */
  leave(): void {
    this.#guest?.close();
    this.#guest = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#guest?.close();
  }

  /** @returns whether the guest has killed all that was left to be killed */
  async #settlePendingKills(guest: Guest): Promise<boolean> {
    for (let pending = this.#pendingKills.shift(); pending; pending = this.#pendingKills.shift()) {
      const { startedAtMs, ...target } = pending;
      const killed = await requestKill(guest, { ...target, ageMs: Math.ceil(performance.now() - startedAtMs) });
      if (!killed.ok) {
        this.#pendingKills.unshift(pending);
        return false;
      }
      if (typeof killed.value.folder === 'string') this.#lastFolder = killed.value.folder;
    }
    return true;
  }

  async #reachNow(): Promise<Outcome<Guest>> {
    const guest = await this.#place.reachGuest();
    if (!guest.ok) return guest;
    this.#guest = guest.value;
    if (this.#isClosed) this.close();
    return guest;
  }
}

export const requestKill = (guest: Guest, { mark, ageMs, shellPid }: KillTarget) =>
  guest.request({ op: 'kill', mark, ageMs, shell: shellPid }, killTimeoutMs);
