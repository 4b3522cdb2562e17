// Whether agents can have containers, and what those reach: found out at the start and again and again, and said.
import type Docker from 'dockerode';
import { openDocker, reasonOf } from '../sandbox/docker/daemon.ts';
import { removeForgotten } from '../sandbox/docker/forgotten.ts';
import { removeIdleNetworks } from '../sandbox/docker/network.ts';
import { whatIsMissing } from '../sandbox/docker/readiness.ts';
import { closedNetwork } from '../sandbox/docker/wall/closed.ts';
import { limits } from '../schema/limits.ts';
import type { DockerConfig } from '../schema/thread.ts';
import type { Log } from './log.ts';

export type SandboxCheckParts = {
  settings: DockerConfig;
  log: Log;
  /** Whether agents need containers for all that is known: without a key of the engine's only a caller with one does. */
  isNeeded: boolean;
  docker?: Docker;
  now?(): number;
};

export class SandboxCheck {
  readonly #parts: SandboxCheckParts;
  readonly #docker: Docker;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;
  #isClosed = false;
  #hasChecked = false;
  #problem: string | undefined;
  #openness: string | undefined;
  #wallSetAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SandboxCheckParts) {
    this.#parts = parts;
    this.#docker = parts.docker ?? openDocker();
  }

  start(): void {
    void this.look();
  }

  /** Why agents can have no container, in words; undefined where they can. */
  get problem(): string | undefined {
    if (!this.#parts.isNeeded) return undefined;
    return this.#hasChecked ? this.#problem : 'It is not known yet whether containers can be started.';
  }

  /** For `GET /`. */
  get description(): string {
    if (this.#problem !== undefined) return `docker, unusable: ${this.#problem}`;
    if (!this.#hasChecked) return 'docker, not checked yet';
    return this.#openness === undefined ? 'docker' : `docker, open: ${this.#openness}`;
  }

  /** Looks once; joins the look that is under way, if there is one. */
  look(): Promise<void> {
    this.#checking ??= this.#lookNow().finally(() => {
      this.#checking = undefined;
      clearTimeout(this.#timer);
      const { sandboxCheckIntervalMs, sandboxCheckAgainMs } = limits;
      const inMs = this.#problem === undefined ? sandboxCheckIntervalMs : sandboxCheckAgainMs;
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.look(), inMs).unref();
    });
    return this.#checking;
  }

  /** A look that is under way is waited for: it would make again what is to go. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#checking;
  }

  async #lookNow(): Promise<void> {
    const { settings, isNeeded, now = Date.now } = this.#parts;
    const missing = await whatIsMissing(this.#docker, settings);
    if (missing !== undefined || this.#isClosed) return this.#found(missing, this.#openness);
    if (!isNeeded) return this.#leftUntried(); // Nothing is made before anybody can need it; a host that does tries it first.
    if (this.#problem === undefined && now() - this.#wallSetAtMs < limits.wallIntervalMs) return;
    const network = await closedNetwork(this.#docker, settings);
    if (!network.ok) return this.#found(network.failure.detail, undefined);
    this.#wallSetAtMs = now();
    this.#found(undefined, network.value.problem);
    await this.#tidy();
  }

  /** Of engines that are gone nobody else would. */
  async #tidy(): Promise<void> {
    const { settings, log } = this.#parts;
    try {
      await removeForgotten(this.#docker, settings.engineId, limits.idleNetworkMs);
      await removeIdleNetworks(this.#docker, settings, limits.idleNetworkMs);
    } catch (error) {
      log.warn('sandbox.sweepFailed', { reason: reasonOf(error) });
    }
  }

  #leftUntried(): void {
    this.#hasChecked = false;
    this.#problem = undefined;
  }

  /** Says what has changed. */
  #found(problem: string | undefined, openness: string | undefined): void {
    const isNews = !this.#hasChecked || problem !== this.#problem || openness !== this.#openness;
    this.#hasChecked = true;
    this.#problem = problem;
    this.#openness = openness;
    if (!isNews || this.#isClosed) return;
    const { log, isNeeded } = this.#parts;
    if (problem !== undefined) log[isNeeded ? 'error' : 'info']('sandbox.unusable', { reason: problem });
    else if (openness !== undefined) log.warn('config.warning', { warning: openness });
    else log.info('sandbox.checked', { reached: 'the public internet only' });
  }
}
