// Where a host's sandboxes come from: those of agents, and those of sessions that a script plays.
import { failed, type Outcome } from '../schema/error.ts';
import type { HostConfig, LocalConfig, SandboxConfig } from '../schema/thread.ts';
import { DockerSource } from './docker/docker-source.ts';
import { GuardedSource, type OnTrouble } from './guarded-source.ts';
import { openConfinement, unconfined } from './local/confinement.ts';
import { FormerFolders } from './local/former-folders.ts';
import { LocalSource } from './local/local-source.ts';
import { MemorySource } from './memory/memory-sandbox.ts';
import type { OpenedSandbox, SandboxOwner, SandboxSource } from './sandbox-source.ts';

/** Says why there is none. */
class UnavailableSource implements SandboxSource {
  readonly #reason: string;

  constructor(reason: string) {
    this.#reason = reason;
  }

  async open(): Promise<Outcome<OpenedSandbox>> {
    return failed('sandboxUnavailable', this.#reason);
  }

  async remove(): Promise<void> {}

  async close(): Promise<void> {}
}

export class SandboxSources {
  readonly #agents: SandboxSource;
  readonly #mock: SandboxSource;
  readonly #former: Pick<SandboxSource, 'remove'> | undefined;

  /** @param former what may hold something of sessions, though none act there any more */
  constructor(agents: SandboxSource, mock: SandboxSource, former?: Pick<SandboxSource, 'remove'>) {
    this.#agents = agents;
    this.#mock = mock;
    this.#former = former;
  }

  /** @param isMock whether a script plays the agent, whose commands need no real sandbox */
  sourceFor(isMock: boolean): SandboxSource {
    return isMock ? this.#mock : this.#agents;
  }

  /** Removes what a session has left, wherever that is: which of them it was in may have changed. */
  async remove(owner: SandboxOwner): Promise<void> {
    await Promise.all([...this.#allSources, this.#former].map((source) => source?.remove(owner)));
  }

  /** Gives back what no session has. */
  async close(): Promise<void> {
    await Promise.all(this.#allSources.map((source) => source.close()));
  }

  get #allSources(): SandboxSource[] {
    return [...new Set([this.#agents, this.#mock])];
  }
}

export type SourceDependencies = {
  /** Of the host's git gateway, where it has one. */
  gitProxySocket?: string | undefined;
  /** Hears what ended sessions leave behind, and why. */
  onTrouble?: OnTrouble;
};

export function openSources(
  { agents, mock, formerFolders }: HostConfig['sandboxes'],
  parts: SourceDependencies = {},
): SandboxSources {
  const source = openGuarded(agents, parts);
  const isFormer = formerFolders !== undefined && agents.kind !== 'local' && mock.kind !== 'local';
  const former = isFormer ? new FormerFolders(formerFolders, parts.onTrouble ?? (() => undefined)) : undefined;
  return new SandboxSources(source, mock.kind === agents.kind ? source : openGuarded(mock, parts), former);
}

const openGuarded = (config: SandboxConfig, parts: SourceDependencies): SandboxSource =>
  new GuardedSource(openSource(config, parts), parts.onTrouble ?? (() => undefined));

function openSource(config: SandboxConfig, { gitProxySocket, onTrouble }: SourceDependencies): SandboxSource {
  if (config.kind === 'docker') return new DockerSource(config.settings, config.warm);
  if (config.kind === 'local')
    return new LocalSource(config.base, chooseConfinement(config, gitProxySocket), onTrouble);
  return config.kind === 'memory' ? new MemorySource() : new UnavailableSource(config.reason);
}

const chooseConfinement = async ({ base, isConfined, openedHosts }: LocalConfig, gitProxySocket: string | undefined) =>
  isConfined ? openConfinement([base], { gitProxySocket, openedHosts }) : unconfined;
