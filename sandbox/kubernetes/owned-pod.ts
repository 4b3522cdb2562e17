// One session's Pod, as the place that its guest runs in: started, reached again, replaced where it has ended, and removed.
import { setTimeout } from 'node:timers/promises';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { Guest, guestExecOptions } from '../docker/guest.ts';
import { parseUsage } from '../docker/guest-answers.ts';
import type { AskGuest, GuestPlace } from '../docker/guest-place.ts';
import type { ContainerUsage } from '../docker/owned-container.ts';
import { apiReasonOf, type KubernetesClient } from './kubernetes-client.ts';
import { openPodExec } from './pod-exec.ts';
import { type PodSettings, podLabels } from './pod-settings.ts';
import { lateFailureOf, type PodState, readPodState } from './pod-state.ts';
import { startPod } from './start-pod.ts';

/** A guest answers in a tenth of a second, and in seconds on a busy node. */
const guestStartTimeoutMs = 10_000;
/** How long a container that has ended may take until it runs again; Kubernetes waits longer each time. */
const restartTimeoutMs = 20_000;
const pollIntervalMs = 250;
/** The guest reads a few files of the kernel. */
const usageTimeoutMs = 2_000;

export type PodOwner = { sessionId: string; epoch: number };

const outOfMemory =
  'The sandbox ran out of memory, and all that ran in it has ended. Its files are as they were, without those in /tmp.';
const restarted = 'All that ran in the sandbox has ended, and it was started again. Its files are as they were.';
const describeLoss = (why: string): string =>
  `The sandbox's Pod had ended (${why}), and what was in its workspace with it. A new one is ready, and empty.`;

export class OwnedPod implements GuestPlace {
  readonly kind = 'kubernetes';
  readonly wantsRoot = false;
  readonly #client: KubernetesClient;
  readonly #settings: PodSettings;
  readonly #owner: PodOwner;
  #name: string;
  /** How often its container has ended, as far as is known here. */
  #restarts: number | undefined;
  #loss: string | undefined;
  #hasLostWorkspace = false;
  #isRemoved = false;
  /** Whether no sandbox uses it here any more. */
  isLeft = false;

  constructor(client: KubernetesClient, settings: PodSettings, owner: PodOwner, name: string) {
    this.#client = client;
    this.#settings = settings;
    this.#owner = owner;
    this.#name = name;
  }

  get name(): string {
    return this.#name;
  }

  async startGuest(): Promise<Outcome<Guest>> {
    try {
      const exec = await openPodExec(this.#client, this.#name, guestExecOptions(this.#owner.epoch));
      return await Guest.start(exec, guestStartTimeoutMs);
    } catch (error) {
      return failed('sandboxFailed', `Nothing can be started in the sandbox's Pod: ${apiReasonOf(error)}`);
    }
  }

  /** A Pod that is there keeps its files, so it is replaced only where it has ended. */
  async reachGuest(): Promise<Outcome<Guest>> {
    try {
      const state = await this.#waitUntilRunning();
      if (state.kind === 'ended') return await this.#replace(state.why);
      if (state.kind === 'stuck') return { ok: false, failure: state.failure };
      if (state.kind === 'starting') return { ok: false, failure: lateFailureOf(state) };
      this.#noteRestarts(state);
      return await this.startGuest();
    } catch (error) {
      return failed('sandboxFailed', `Kubernetes does not answer: ${apiReasonOf(error)}`);
    }
  }

  get hasLostWorkspace(): boolean {
    return this.#hasLostWorkspace;
  }

  takeLoss(): string | undefined {
    const loss = this.#loss;
    this.#loss = undefined;
    this.#hasLostWorkspace = false;
    return loss;
  }

  async measureUsage(ask: AskGuest): Promise<Outcome<ContainerUsage>> {
    const answer = await ask({ op: 'usage' }, usageTimeoutMs);
    if (answer === undefined) return failed('sandboxFailed', 'Nothing runs in the sandbox yet.');
    if (!answer.ok) return answer;
    const usage = parseUsage(answer.value);
    if (!usage.ok) return usage;
    const { cpus, memoryBytes: memoryBytesMax } = this.#settings;
    return succeeded({ ...usage.value, cpus, memoryBytesMax });
  }

  /** A Pod can't be paused: what runs in it runs on until the reaper removes it. */
  async rest(): Promise<void> {
    await this.markUsed().catch(() => undefined); // It counts as idle from an earlier moment then.
  }

  letGo(): void {
    this.isLeft = true;
  }

  async remove(): Promise<void> {
    this.#isRemoved = true;
    await this.#client.remove(this.#name);
  }

  /** Says that the Pod has an owner, so that no reaper takes it for a leftover. */
  async markUsed(): Promise<void> {
    if (!this.#isRemoved) await this.#client.markUsed(this.#name);
  }

  /** @throws where the API doesn't answer */
  async #waitUntilRunning(): Promise<PodState> {
    const untilMs = performance.now() + restartTimeoutMs;
    for (;;) {
      const pod = await this.#client.find(this.#name);
      const state: PodState = pod ? readPodState(pod) : { kind: 'ended', why: 'it is gone' };
      if (state.kind !== 'starting' || performance.now() > untilMs) return state;
      await setTimeout(pollIntervalMs);
    }
  }

  /** A Pod's container is started again where it has ended, on the same files. */
  #noteRestarts({ restarts, lastEnd }: Extract<PodState, { kind: 'running' }>): void {
    if (this.#restarts !== undefined && restarts > this.#restarts && !this.#hasLostWorkspace)
      this.#loss = lastEnd === 'OOMKilled' ? outOfMemory : restarted;
    this.#restarts = restarts;
  }

  /** A later owner may have replaced it already: whose guest is there decides then. */
  async #findAnother(): Promise<string | undefined> {
    const { clusterId } = this.#settings;
    const labels = { [podLabels.cluster]: clusterId, [podLabels.session]: this.#owner.sessionId };
    const found = await this.#client.list(labels);
    return found.find((pod) => readPodState(pod).kind !== 'ended')?.metadata?.name;
  }

  async #replace(why: string): Promise<Outcome<Guest>> {
    if (this.#isRemoved) return failed('sandboxFailed', 'The sandbox is gone.');
    await this.#client.remove(this.#name);
    const another = await this.#findAnother();
    if (another !== undefined) {
      this.#name = another;
      return this.startGuest();
    }
    const name = await startPod(this.#client, this.#settings, this.#owner.sessionId);
    if (!name.ok) return name;
    this.#name = name.value;
    this.#restarts = 0;
    this.#loss = describeLoss(why);
    this.#hasLostWorkspace = true;
    return this.startGuest();
  }
}

/** One that is gone, or whose API is slow, keeps no other from being marked. */
export async function markAllUsed(pods: Iterable<Pick<OwnedPod, 'markUsed'>>): Promise<void> {
  for (const pod of pods) await pod.markUsed().catch(() => undefined); // The next time comes long before a reaper takes it for left.
}
