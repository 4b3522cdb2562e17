// Where a host's sandboxes come from: those of agents, and those of sessions that a script plays.
import { failed, type Outcome } from '../schema/error.ts';
import type { HostConfig, LocalConfig, SandboxConfig } from '../schema/thread.ts';
import { DockerSource } from './docker/source.ts';
import { GuardedSource, type OnTrouble } from './guarded.ts';
import { openConfinement, unconfined } from './local/confinement.ts';
import { FormerFolders } from './local/former-folders.ts';
import { LocalSource } from './local/source.ts';
import { MemorySource } from './memory.ts';
import type { OpenedSandbox, SandboxOwner, SandboxSource } from './source.ts';

/** Says why there is none. */
class NoSource implements SandboxSource {
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

export class Sources {
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
  of(isMock: boolean): SandboxSource {
    return isMock ? this.#mock : this.#agents;
  }

  /** Removes what a session has left, wherever that is: which of them it was in may have changed. */
  async remove(owner: SandboxOwner): Promise<void> {
    await Promise.all([...this.#all, this.#former].map((source) => source?.remove(owner)));
  }

  /** Gives back what no session has. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((source) => source.close()));
  }

  get #all(): SandboxSource[] {
    return [...new Set([this.#agents, this.#mock])];
  }
}

export type SourceParts = {
  /** Of the host's git gateway, where it has one. */
  gatewaySocket?: string | undefined;
  /** Hears what ended sessions leave behind, and why. */
  onTrouble?: OnTrouble;
};

export function openSources(
  { agents, mock, formerFolders }: HostConfig['sandboxes'],
  parts: SourceParts = {},
): Sources {
  const source = guarded(agents, parts);
  const isFormer = formerFolders !== undefined && agents.kind !== 'local' && mock.kind !== 'local';
  const former = isFormer ? new FormerFolders(formerFolders, parts.onTrouble ?? (() => undefined)) : undefined;
  return new Sources(source, mock.kind === agents.kind ? source : guarded(mock, parts), former);
}

const guarded = (config: SandboxConfig, parts: SourceParts): SandboxSource =>
  new GuardedSource(openSource(config, parts), parts.onTrouble ?? (() => undefined));

function openSource(config: SandboxConfig, { gatewaySocket, onTrouble }: SourceParts): SandboxSource {
  if (config.kind === 'docker') return new DockerSource(config.settings, config.warm);
  if (config.kind === 'local') return new LocalSource(config.base, confinementOf(config, gatewaySocket), onTrouble);
  return config.kind === 'memory' ? new MemorySource() : new NoSource(config.reason);
}

const confinementOf = async ({ base, isConfined, openedHosts }: LocalConfig, gatewaySocket: string | undefined) =>
  isConfined ? openConfinement([base], { gatewaySocket, openedHosts }) : unconfined;
