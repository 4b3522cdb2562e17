// Lets tests that need Kubernetes run where TEST_KUBECONFIG names the configuration of a cluster that may be used for them.
// Elsewhere their file says in one line what it leaves out; with `REQUIRE_KUBERNETES=1` it fails instead.
import { describe, type TestContext, test } from 'node:test';
import { v7 as uuid } from 'uuid';
import type { KubernetesConfig } from '../../schema/kubernetes-config.ts';
import type { KubernetesClient } from '../kubernetes/kubernetes-client.ts';
import type { KubernetesSource } from '../kubernetes/kubernetes-source.ts';
import { podLabels } from '../kubernetes/pod-settings.ts';
import type { Sandbox } from '../sandbox.ts';
import { leaveOut } from './left-out.ts';
import { requestOf } from './sandbox-request.ts';

const megabyte = 1024 * 1024;
const file = process.env.TEST_KUBECONFIG;
/** The reason why these tests can't run here; undefined where they can. */
const reason = file ? undefined : 'TEST_KUBECONFIG names no cluster (docs/sandboxes.md, Pods)';
if (file) process.env.KUBECONFIG = file;
if (reason !== undefined && process.env.REQUIRE_KUBERNETES === '1')
  throw new Error(`REQUIRE_KUBERNETES is 1, but ${reason}.`);

/** A `test` that needs Kubernetes; where that is missing it only notes what is left out. */
export function kubernetesTest(name: string, act: (t: TestContext) => Promise<void> | void): void {
  if (reason === undefined) void test(name, act);
  else leaveOut(name, reason);
}

/** A `describe` that needs Kubernetes. */
export function kubernetesDescribe(name: string, suite: () => void): void {
  if (reason === undefined) void describe(name, suite);
  else leaveOut(name, reason);
}

export const testKubernetesSettings = (more: Partial<KubernetesConfig> = {}): KubernetesConfig => ({
  namespace: process.env.TEST_NAMESPACE || 'lucid-sandboxes',
  podMaker: process.env.SANDBOX_POD_MAKER === 'agent-sandbox' ? 'agent-sandbox' : 'engine',
  image: process.env.SANDBOX_IMAGE || 'lucid-sandbox',
  prefix: 'lucid-test-',
  memoryBytes: 384 * megabyte,
  cpus: 1,
  runtime: process.env.SANDBOX_RUNTIME || undefined,
  workspaceBytes: 256 * megabyte,
  workspaceKind: 'disk',
  storageClass: undefined,
  nodeSelector: {},
  tolerations: [],
  mayBeOpen: true,
  clusterId: `test-${uuid().slice(-12)}`,
  ...more,
});

/** The sandboxes of a cluster with an id of its own, so that tests that run at once don't meet. */
export class TestPods {
  readonly settings: KubernetesConfig;
  #source: KubernetesSource | undefined;
  #client: KubernetesClient | undefined;

  constructor(more: Partial<KubernetesConfig> = {}) {
    this.settings = testKubernetesSettings(more);
  }

  async source(): Promise<KubernetesSource> {
    const { KubernetesSource } = await import('../kubernetes/kubernetes-source.ts');
    this.#source ??= new KubernetesSource(this.settings);
    return this.#source;
  }

  async client(): Promise<KubernetesClient> {
    const { openKubernetes } = await import('../kubernetes/open-kubernetes.ts');
    this.#client ??= await openKubernetes(this.settings);
    return this.#client;
  }

  async open(sessionId: string = uuid()): Promise<Sandbox> {
    const opened = await (await this.source()).open(requestOf(sessionId));
    if (!opened.ok) throw new Error(opened.failure.detail);
    return opened.value.sandbox;
  }

  async list() {
    return (await this.client()).list({ [podLabels.cluster]: this.settings.clusterId });
  }

  /** Lists the names of Pods that are there and haven't been told to end. */
  async listLeft(): Promise<string[]> {
    return (await this.list()).flatMap(({ metadata }) =>
      metadata?.deletionTimestamp === undefined ? (metadata?.name ?? []) : [],
    );
  }

  /** Removes everything, also what a failed test has left. @returns the names of the Pods that were left */
  async close(): Promise<string[]> {
    await this.#source?.close();
    const left = await this.listLeft();
    for (const name of left) await (await this.client()).remove(name);
    return left;
  }
}
