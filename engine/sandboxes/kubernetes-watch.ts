// Looks whether Kubernetes lets the engine have Pods, and has those removed that nobody needs.
import type { SessionLookup } from '../../sandbox/docker/reaper.ts';
import type { KubernetesClient } from '../../sandbox/kubernetes/kubernetes-client.ts';
import type { PodReaper } from '../../sandbox/kubernetes/pod-reaper.ts';
import { PeriodicCheck } from '../../sandbox/scheduling/periodic-check.ts';
import type { KubernetesConfig } from '../../schema/kubernetes-config.ts';
import { type Config, sandboxWarmDefault } from '../config.ts';
import type { Log } from '../log.ts';

/** Each look lists the cluster's sandboxes once. */
const kubernetesLookIntervalMs = 30_000;

type ForDocker = Pick<Config, 'SANDBOX_USER' | 'SANDBOX_ALLOWED_HOSTS' | 'DEVCONTAINER_IMAGES' | 'SANDBOX_WARM'>;

/** Settings that Pods know nothing of. */
export const warningsOfPods = (config: ForDocker): string[] =>
  [
    config.SANDBOX_USER === 'namespace-root' &&
      'SANDBOX_USER is "namespace-root", which containers of Docker alone have: commands in Pods are not root.',
    config.SANDBOX_ALLOWED_HOSTS.length > 0 &&
      'SANDBOX_ALLOWED_HOSTS opens nothing to Pods: what they reach is what the NetworkPolicies of their namespace say.',
    ![0, sandboxWarmDefault].includes(config.SANDBOX_WARM) &&
      'SANDBOX_WARM makes no Pods ahead: each is made when its session needs it.',
    config.DEVCONTAINER_IMAGES.length > 0 && 'DEVCONTAINER_IMAGES is of no use to Pods, which all have SANDBOX_IMAGE.',
  ].filter((warning) => warning !== false);

export class KubernetesWatch {
  readonly #settings: KubernetesConfig;
  readonly #log: Log;
  #look: PeriodicCheck | undefined;
  #reaper: PodReaper | undefined;
  #problem: string | undefined = 'It is not known yet whether Pods can be had.';

  constructor(settings: KubernetesConfig, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Why agents can have no Pod, in a sentence; undefined where they can as far as is known. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The words about Pods in `GET /`. */
  get description(): string {
    return this.#problem === undefined ? 'kubernetes' : `kubernetes, unusable: ${this.#problem}`;
  }

  start(sessions: SessionLookup, removeAfterMs: number): void {
    let client: Promise<KubernetesClient> | undefined;
    const openClient = async () => {
      const { openKubernetes } = await import('../../sandbox/kubernetes/open-kubernetes.ts');
      client ??= openKubernetes(this.#settings);
      return client.catch((error) => {
        client = undefined; // Its file may come later.
        throw error;
      });
    };
    this.#look = new PeriodicCheck({
      intervalMs: kubernetesLookIntervalMs,
      runCheck: async () => {
        this.#reaper ??= await this.#buildReaper(openClient, sessions, removeAfterMs);
        await this.#reaper.reapNow();
      },
      onFailed: (error) => this.#noteProblem(String(error)),
    });
    this.#look.start();
  }

  close(): void {
    this.#look?.close();
    this.#reaper?.close();
  }

  async #buildReaper(openClient: () => Promise<KubernetesClient>, sessions: SessionLookup, removeAfterMs: number) {
    const [{ PodReaper }, { apiReasonOf }] = await Promise.all([
      import('../../sandbox/kubernetes/pod-reaper.ts'),
      import('../../sandbox/kubernetes/kubernetes-client.ts'),
    ]);
    return new PodReaper({
      openClient,
      clusterId: this.#settings.clusterId,
      sessions,
      removeAfterMs,
      now: Date.now,
      onLooked: () => this.#noteProblem(undefined),
      onRemoved: ({ name, reason }) => this.#log.info('sandbox.removed', { name, reason }),
      onFailed: (error) => this.#noteProblem(`Kubernetes does not let sandboxes be listed: ${apiReasonOf(error)}`),
      onLeft: (error) => this.#log.warn('sandbox.sweepFailed', { reason: apiReasonOf(error) }),
    });
  }

  #noteProblem(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem === undefined) this.#log.info('sandbox.checked', { reached: 'the API of Kubernetes' });
    else this.#log.error('sandbox.unusable', { reason: problem });
  }
}
