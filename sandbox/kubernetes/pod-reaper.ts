// Removes Pods that nobody needs any more: those of sessions that have ended, and those that were left alone too long.
import type { V1Pod } from '@kubernetes/client-node';
import type { SessionLookup } from '../docker/reaper.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { podMarkIntervalMs } from './kubernetes-source.ts';
import { podLabels, usedAtAnnotation } from './pod-settings.ts';
import { readPodState } from './pod-state.ts';

/** What an engine of the cluster has marked within this time is in use, whatever other engines know of it. */
export const podMarkGraceMs = 3 * podMarkIntervalMs;

export type PodReaperDependencies = {
  openClient(): Promise<KubernetesClient>;
  clusterId: string;
  sessions: SessionLookup;
  /** How long the Pod of a session that rests is kept. */
  removeAfterMs: number;
  now(): number;
  /** Called once the Pods are known. */
  onLooked(): void;
  onRemoved(removed: { name: string; reason: string }): void;
  /** Called where the Pods can't be known. */
  onFailed(error: unknown): void;
  /** Called where they are, but one that nobody needs stays. */
  onLeft(error: unknown): void;
};

type FoundPod = { name: string; uid: string | undefined; sessionId: string; idleMs: number; hasEnded: boolean };

export class PodReaper {
  readonly #dependencies: PodReaperDependencies;
  #reaping: Promise<void> | undefined;
  #isClosed = false;

  constructor(dependencies: PodReaperDependencies) {
    this.#dependencies = dependencies;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Reaps once; joins a look that is under way. Only what carries this cluster's id is seen at all. */
  reapNow(): Promise<void> {
    this.#reaping ??= this.#reap()
      .catch((error) => this.#dependencies.onLeft(error))
      .finally(() => {
        this.#reaping = undefined;
      });
    return this.#reaping;
  }

  async #reap(): Promise<void> {
    const { sessions, now, onLooked, onLeft } = this.#dependencies;
    const found = await this.#list().catch((error) => this.#reportFailure(error));
    if (!found) return;
    const { client, pods } = found;
    onLooked();
    const left = pods
      .map((pod) => describePod(pod, now()))
      .filter(({ sessionId, idleMs }) => idleMs > podMarkGraceMs && !sessions.isLive(sessionId));
    const activatable = await sessions.findActivatable(left.map(({ sessionId }) => sessionId));
    for (const pod of left) await this.#removeUnneeded(client, pod, activatable.has(pod.sessionId)).catch(onLeft);
  }

  async #list(): Promise<{ client: KubernetesClient; pods: V1Pod[] }> {
    const { openClient, clusterId } = this.#dependencies;
    const client = await openClient();
    return { client, pods: await client.list({ [podLabels.managed]: 'true', [podLabels.cluster]: clusterId }) };
  }

  async #removeUnneeded(client: KubernetesClient, pod: FoundPod, isActivatable: boolean): Promise<void> {
    const reason = decidePodRemoval(pod, isActivatable, this.#dependencies.removeAfterMs);
    if (reason === undefined || this.#dependencies.sessions.isLive(pod.sessionId)) return;
    await client.remove(pod.name, pod.uid);
    this.#dependencies.onRemoved({ name: pod.name, reason });
  }

  /** A call that the reaper's own closing cut off is no failure. */
  #reportFailure(error: unknown): void {
    if (!this.#isClosed) this.#dependencies.onFailed(error);
  }
}

/** @returns why a Pod that no engine uses is removed; undefined where it is kept */
export function decidePodRemoval(
  { idleMs, hasEnded }: Pick<FoundPod, 'idleMs' | 'hasEnded'>,
  isActivatable: boolean,
  removeAfterMs: number,
): string | undefined {
  if (!isActivatable) return 'its session has ended';
  if (hasEnded) return 'it does not run';
  return idleMs >= Math.max(removeAfterMs, podMarkGraceMs) ? 'it was idle too long' : undefined;
}

function describePod(pod: V1Pod, nowMs: number): FoundPod {
  const { name = '', uid, labels, annotations, creationTimestamp } = pod.metadata ?? {};
  const usedAtMs = Date.parse(annotations?.[usedAtAnnotation] ?? '') || Number(creationTimestamp ?? 0);
  return {
    name,
    uid,
    sessionId: labels?.[podLabels.session] ?? '',
    idleMs: nowMs - usedAtMs,
    hasEnded: readPodState(pod).kind === 'ended',
  };
}
