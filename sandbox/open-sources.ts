// Opens a host's sources of sandboxes: the one of agents, and the one of sessions that a script plays.
import { failed, type Outcome } from '../schema/error.ts';
import type { KubernetesConfig } from '../schema/kubernetes-config.ts';
import type { HostConfig, LocalConfig, SandboxConfig } from '../schema/thread.ts';
import { DockerSource } from './docker/docker-source.ts';
import { PooledSource } from './docker/pool/pooled-source.ts';
import { GuardedSource, type OnTrouble } from './guarded-source.ts';
import { LateSource } from './late-source.ts';
import { openConfinement, unconfined } from './local/confinement.ts';
import { removeSessionFolders } from './local/local-folders.ts';
import { LocalSource } from './local/local-source.ts';
import { MemorySource } from './memory/memory-sandbox.ts';
import type { OpenedSandbox, SandboxOwner, SandboxSource } from './sandbox-source.ts';

/** The source of an engine that can have no sandboxes: it answers with the reason. */
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

/** A source of an earlier configuration, in which a session that is deleted now may have left something. */
type FormerSource = Pick<SandboxSource, 'remove'>;

export class SandboxSources {
  readonly #agents: SandboxSource;
  readonly #mock: SandboxSource;
  readonly #former: FormerSource | undefined;

  /** @param former may still hold what earlier sessions left, though no session acts there any more */
  constructor(agents: SandboxSource, mock: SandboxSource, former?: FormerSource) {
    this.#agents = agents;
    this.#mock = mock;
    this.#former = former;
  }

  /** @param isMock whether a script plays the agent, whose commands need no real sandbox */
  sourceFor(isMock: boolean): SandboxSource {
    return isMock ? this.#mock : this.#agents;
  }

  /** Removes what a session has left in any source: the configuration may have changed since. */
  async remove(owner: SandboxOwner): Promise<void> {
    await Promise.all([...this.#allSources, this.#former].map((source) => source?.remove(owner)));
  }

  /** How many sandboxes are made ahead and ready. */
  get warmCount(): number {
    return this.#allSources.reduce((sum, { warmCount = 0 }) => sum + warmCount, 0);
  }

  /** Removes what no session has. */
  async close(): Promise<void> {
    await Promise.all(this.#allSources.map((source) => source.close()));
  }

  get #allSources(): SandboxSource[] {
    return [...new Set([this.#agents, this.#mock])];
  }
}

export type SourceDependencies = {
  /** The socket of the host's git proxy, where it has one. */
  gitProxySocket?: string | undefined;
  /** Called with what ended sessions leave behind, and why. */
  onTrouble?: OnTrouble;
};

export function openSources(
  { agents, mock, formerFolders }: HostConfig['sandboxes'],
  dependencies: SourceDependencies = {},
): SandboxSources {
  const source = openGuardedSource(agents, dependencies);
  const isFormer = formerFolders !== undefined && agents.kind !== 'local' && mock.kind !== 'local';
  const former = isFormer ? openFormerSource(formerFolders, dependencies) : undefined;
  return new SandboxSources(source, mock.kind === agents.kind ? source : openGuardedSource(mock, dependencies), former);
}

/** Sessions have folders there from the time when this engine's sandboxes were folders. */
const openFormerSource = (base: string, { onTrouble }: SourceDependencies): FormerSource => ({
  remove: async (owner) => {
    const removed = await removeSessionFolders(base, owner);
    if (!removed.ok) onTrouble?.(removed.failure.detail);
  },
});

const openGuardedSource = (config: SandboxConfig, dependencies: SourceDependencies): SandboxSource =>
  new GuardedSource(openSource(config, dependencies), dependencies.onTrouble ?? (() => undefined));

function openSource(config: SandboxConfig, { gitProxySocket, onTrouble }: SourceDependencies): SandboxSource {
  if (config.kind === 'docker') return openDockerSource(config);
  if (config.kind === 'kubernetes') return openKubernetesSource(config.settings);
  if (config.kind === 'local')
    return new LocalSource(config.base, chooseConfinement(config, gitProxySocket), onTrouble);
  return config.kind === 'memory' ? new MemorySource() : new UnavailableSource(config.reason);
}

const openDockerSource = ({ settings, warm, daemons }: Extract<SandboxConfig, { kind: 'docker' }>): SandboxSource =>
  daemons ? new PooledSource(settings, daemons, warm) : new DockerSource(settings, warm);

/** Its modules are loaded only where there are Pods. */
const openKubernetesSource = (settings: KubernetesConfig): SandboxSource =>
  new LateSource(async () => {
    const { KubernetesSource } = await import('./kubernetes/kubernetes-source.ts');
    return new KubernetesSource(settings);
  });

const chooseConfinement = async ({ base, isConfined, openedHosts }: LocalConfig, gitProxySocket: string | undefined) =>
  isConfined ? openConfinement([base], { gitProxySocket, openedHosts }) : unconfined;
