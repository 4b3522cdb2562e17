// Opens sandboxes in Kubernetes for one host: the session's own Pod if it has one, or a new one in the queue.
import type { V1Pod } from '@kubernetes/client-node';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { KubernetesConfig } from '../../schema/kubernetes-config.ts';
import { GuestSandbox } from '../docker/guest-sandbox.ts';
import type { OpenedSandbox, SandboxOwner, SandboxRequest, SandboxSource } from '../sandbox-source.ts';
import { PeriodicCheck } from '../scheduling/periodic-check.ts';
import { StartSlots } from '../scheduling/start-slots.ts';
import { apiReasonOf, type KubernetesClient } from './kubernetes-client.ts';
import { findOpening } from './network-trial.ts';
import { openKubernetes } from './open-kubernetes.ts';
import { markAllUsed, OwnedPod, type PodOwner } from './owned-pod.ts';
import { podLabels } from './pod-settings.ts';
import { readPodState } from './pod-state.ts';
import { startPod } from './start-pod.ts';

/** How often the Pods that sessions have are marked; the reaper leaves alone what was marked within three of these times. */
export const podMarkIntervalMs = 180_000;

export class KubernetesSource implements SandboxSource {
  readonly #settings: KubernetesConfig;
  readonly #slots = new StartSlots();
  /** Those that sessions have now. */
  readonly #held = new Set<OwnedPod>();
  readonly #marking: PeriodicCheck;
  #client: Promise<KubernetesClient> | undefined;
  #isFoundClosed = false;

  constructor(settings: KubernetesConfig) {
    this.#settings = settings;
    this.#marking = new PeriodicCheck({
      intervalMs: podMarkIntervalMs,
      runCheck: () => this.#markHeld(),
      onFailed: () => undefined,
    });
    this.#marking.start();
  }

  async open({ sessionId, epoch, mayExist, onQueued }: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    const owner = { sessionId, epoch };
    const client = await this.#openClient();
    if (!client.ok) return client;
    const own = mayExist ? await this.#findOwn(client.value, owner) : succeeded(undefined);
    if (!own.ok) return own;
    if (own.value) return succeeded({ sandbox: this.#hold(own.value), isFresh: false });
    return this.#slots.run(() => this.#start(client.value, owner), onQueued);
  }

  async remove({ sessionId }: SandboxOwner): Promise<void> {
    const client = await this.#openClient();
    if (!client.ok) throw new Error(client.failure.detail);
    for (const pod of await this.#listOwn(client.value, sessionId)) await client.value.remove(nameOf(pod));
  }

  async close(): Promise<void> {
    this.#marking.close();
  }

  async #openClient(): Promise<Outcome<KubernetesClient>> {
    this.#client ??= openKubernetes(this.#settings);
    try {
      return succeeded(await this.#client);
    } catch (error) {
      this.#client = undefined;
      return failed('sandboxUnavailable', `Kubernetes' configuration can't be read: ${apiReasonOf(error)}`);
    }
  }

  /** Finds the Pod that an earlier activation left, also at another engine. One that has ended holds nothing. */
  async #findOwn(client: KubernetesClient, owner: PodOwner): Promise<Outcome<OwnedPod | undefined>> {
    try {
      let own: OwnedPod | undefined;
      for (const pod of await this.#listOwn(client, owner.sessionId)) {
        if (own === undefined && readPodState(pod).kind !== 'ended')
          own = new OwnedPod(client, this.#settings, owner, nameOf(pod));
        else await client.remove(nameOf(pod));
      }
      await own?.markUsed();
      return succeeded(own);
    } catch (error) {
      return failed('sandboxFailed', `Kubernetes does not tell which sandboxes there are: ${apiReasonOf(error)}`);
    }
  }

  /** The newest come first: an earlier one was replaced. */
  async #listOwn(client: KubernetesClient, sessionId: string): Promise<V1Pod[]> {
    const { clusterId } = this.#settings;
    const found = await client.list({ [podLabels.cluster]: clusterId, [podLabels.session]: sessionId });
    return found.toSorted((a, b) => madeAtMs(b) - madeAtMs(a));
  }

  async #start(client: KubernetesClient, owner: PodOwner): Promise<Outcome<OpenedSandbox>> {
    const name = await startPod(client, this.#settings, owner.sessionId);
    if (!name.ok) return name;
    const pod = new OwnedPod(client, this.#settings, owner, name.value);
    const sandbox = this.#hold(pod);
    const warmed = await sandbox.warmUp();
    const isUsable = warmed.ok ? await this.#checkNetwork(sandbox) : warmed;
    if (isUsable.ok) return succeeded({ sandbox, isFresh: true });
    await sandbox.close();
    return isUsable;
  }

  /** The first Pod of a host shows whether the cluster keeps sandboxes from its own network, as its policies may say. */
  async #checkNetwork(sandbox: GuestSandbox): Promise<Outcome<void>> {
    if (this.#isFoundClosed || this.#settings.mayBeOpen) return succeeded(undefined);
    const opening = await findOpening(sandbox);
    if (!opening.ok) return opening;
    this.#isFoundClosed = true;
    return opening;
  }

  #hold(pod: OwnedPod): GuestSandbox {
    this.#held.add(pod);
    return new GuestSandbox(pod);
  }

  async #markHeld(): Promise<void> {
    for (const pod of this.#held) if (pod.isLeft) this.#held.delete(pod);
    await markAllUsed(this.#held);
  }
}

const nameOf = ({ metadata }: V1Pod): string => metadata?.name ?? '';
const madeAtMs = ({ metadata }: V1Pod): number => Number(metadata?.creationTimestamp ?? 0);
