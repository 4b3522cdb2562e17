// Checks whether agents can have containers and what those reach, at the start and at intervals; the log says what changes.
import { isDeepStrictEqual } from 'node:util';
import type Docker from 'dockerode';
import { openDaemon } from '../../sandbox/docker/docker-client.ts';
import { findMissing } from '../../sandbox/docker/docker-readiness.ts';
import { type ClosedNetwork, ensureClosedNetwork } from '../../sandbox/docker/firewall/closed-network.ts';
import { removeIdleNetworks } from '../../sandbox/docker/sandbox-network.ts';
import { removeStaleContainers } from '../../sandbox/docker/stale-containers.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { DockerConfig } from '../../schema/thread.ts';
import type { Log } from '../log.ts';
import { RootTrial } from './root-trial.ts';

/** How often containers are checked; while none can be started, more often. */
const sandboxCheckIntervalMs = 30_000;
const sandboxCheckAgainMs = 5_000;
/**
 * How often the firewall around containers is set again and tried, since reloading the machine's own firewall drops it.
 * Each time takes two containers and less than half a second of a processor.
 */
const firewallIntervalMs = 60_000;
/** The age at which a network without containers, or a container that doesn't run, is taken for forgotten. */
const idleNetworkMs = 600_000;

export type SandboxCheckDependencies = {
  settings: DockerConfig;
  log: Log;
  /** Whether the engine has a key of its own, so that every session needs a container. */
  isNeeded: boolean;
  docker?: Docker;
  now?(): number;
};

/** The result of a look, with a sentence where something is wrong. */
type Finding =
  | { kind: 'closed' }
  /** Containers reach the machine, and the operator allows it. */
  | { kind: 'open'; why: string }
  /** No more containers fit; the present ones go on. */
  | { kind: 'full'; why: string }
  | { kind: 'unusable'; why: string };

export class SandboxCheck {
  readonly #dependencies: SandboxCheckDependencies;
  readonly #docker: Docker;
  readonly #rootTrial: RootTrial;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;
  #isClosed = false;
  #finding: Finding | undefined;
  /** The network around which a firewall has stood since an earlier look. */
  #firewalledId: string | undefined;
  #firewallSetAtMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: SandboxCheckDependencies) {
    this.#dependencies = dependencies;
    this.#docker = dependencies.docker ?? openDaemon(dependencies.settings.daemon);
    this.#rootTrial = new RootTrial(this.#docker, dependencies.settings);
  }

  start(): void {
    void this.look();
  }

  /** The daemon that is checked; empty for the engine's own. */
  get name(): string {
    return this.#dependencies.settings.daemon?.name ?? '';
  }

  /** Why agents can have no container, in a sentence; undefined where they can. */
  get problem(): string | undefined {
    if (!this.#dependencies.isNeeded) return undefined;
    if (this.#finding === undefined) return 'It is not known yet whether containers can be started.';
    return this.#finding.kind === 'unusable' ? this.#finding.why : undefined;
  }

  /** The words about containers in `GET /`. */
  get description(): string {
    if (this.#finding === undefined)
      return this.#dependencies.isNeeded ? 'docker, not checked yet' : 'docker, unused while a script plays the agents';
    if (this.#finding.kind !== 'closed') return `docker, ${this.#finding.kind}: ${this.#finding.why}`;
    return this.#rootTrial.problem === undefined ? 'docker' : `docker, without root: ${this.#rootTrial.problem}`;
  }

  /** Looks once; joins the look that is under way, if there is one. */
  look(): Promise<void> {
    this.#checking ??= this.#lookNow().finally(() => {
      this.#checking = undefined;
      clearTimeout(this.#timer);
      const inMs = this.#finding?.kind !== 'unusable' ? sandboxCheckIntervalMs : sandboxCheckAgainMs;
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.look(), inMs).unref();
    });
    return this.#checking;
  }

  /** Waits for a look that is under way, which could make a network again that is removed after this. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#checking;
  }

  async #lookNow(): Promise<void> {
    const { settings, isNeeded, now = Date.now } = this.#dependencies;
    const missing = await findMissing(this.#docker, settings);
    if (this.#isClosed) return;
    if (missing !== undefined) return this.#recordFinding({ kind: 'unusable', why: missing });
    if (!isNeeded) return this.#leaveUntried(); // A host makes the network once a session needs it.
    if (this.#finding?.kind !== 'unusable' && now() - this.#firewallSetAtMs < firewallIntervalMs) return;
    const network = await ensureClosedNetwork(this.#docker, settings, (networkId) => this.#warnOfMended(networkId));
    if (network.ok) this.#firewalledId = network.value.id;
    if (!network.ok && network.failure.code !== 'overloaded')
      return this.#recordFinding({ kind: 'unusable', why: network.failure.detail });
    this.#firewallSetAtMs = now();
    this.#recordFinding(network.ok ? findingOf(network.value) : { kind: 'full', why: network.failure.detail });
    if (network.ok) await this.#tryRoot();
    await this.#removeUnused();
  }

  /** Warns where commands aren't root though they were to be. */
  async #tryRoot(): Promise<void> {
    const { log } = this.#dependencies;
    try {
      const warning = await this.#rootTrial.tryOnce();
      if (warning !== undefined) log.warn('config.warning', { warning });
    } catch (error) {
      log.warn('sandbox.rootUntried', { reason: reasonOf(error) });
    }
  }

  /** Removes the containers and networks of engines that are gone. */
  async #removeUnused(): Promise<void> {
    const { settings, log } = this.#dependencies;
    try {
      await removeStaleContainers(this.#docker, settings.engineId, idleNetworkMs);
      await removeIdleNetworks(this.#docker, settings, idleNetworkMs);
    } catch (error) {
      log.warn('sandbox.sweepFailed', { reason: reasonOf(error) });
    }
  }

  /** Warns only about a network that had its firewall before; a new one had none yet. */
  #warnOfMended(networkId: string): void {
    if (networkId !== this.#firewalledId) return;
    const reason = 'Rules around the network of the sandboxes were removed or changed; they are set again.';
    this.#dependencies.log.warn('sandbox.wallMended', { networkId, reason });
  }

  #leaveUntried(): void {
    this.#finding = undefined;
  }

  /** Records a finding, and logs it where it differs from the last one. */
  #recordFinding(finding: Finding): void {
    const isNews = !isDeepStrictEqual(finding, this.#finding);
    this.#finding = finding;
    if (!isNews || this.#isClosed) return;
    const { log, isNeeded } = this.#dependencies;
    if (finding.kind === 'closed') log.info('sandbox.checked', { reached: 'the public internet only' });
    else if (finding.kind === 'open') log.warn('config.warning', { warning: finding.why });
    else if (finding.kind === 'full') log.warn('sandbox.full', { reason: finding.why, lower: 'SANDBOX_REMOVE_AFTER' });
    else log[isNeeded ? 'error' : 'info']('sandbox.unusable', { reason: finding.why });
  }
}

const findingOf = ({ problem }: ClosedNetwork): Finding =>
  problem === undefined ? { kind: 'closed' } : { kind: 'open', why: problem };
