// The same calls for sandboxes that are Sandboxes of agent-sandbox (SIG Apps), whose controller makes a Pod for each of them.
import { setTimeout } from 'node:timers/promises';
import type { CustomObjectsApi, KubeConfig, V1Pod } from '@kubernetes/client-node';
import { KubernetesClient, type Library, podsPerPage, selectorOf, statusOf } from './kubernetes-client.ts';
import { usedAtAnnotation } from './pod-settings.ts';
import { readPodState } from './pod-state.ts';
import { buildSandboxObject, podUidAnnotation, refusalOf, type SandboxObject, showAsPod } from './sandbox-object.ts';

const kind = { group: 'agents.x-k8s.io', version: 'v1beta1', plural: 'sandboxes' } as const;

/** The controller makes a Pod, or says why not, in a second. */
const refusalTimeoutMs = 5_000;
/** What the API server itself answers to a Pod that it doesn't take. */
const refusedStatus = 403;

type Page = { items: SandboxObject[]; metadata?: { continue?: string } };

export class AgentSandboxClient extends KubernetesClient {
  readonly #objects: CustomObjectsApi;

  constructor(library: Library, config: KubeConfig, namespace: string) {
    super(library, config, namespace);
    this.#objects = config.makeApiClient(library.CustomObjectsApi);
  }

  override async create(body: V1Pod): Promise<V1Pod> {
    const made = buildSandboxObject(body);
    await this.#objects.createNamespacedCustomObject({ ...this.#place(), body: made }, this.within());
    const refusal = await this.#awaitRefusal(made.metadata.name ?? '');
    if (refusal === undefined) return body;
    await this.remove(made.metadata.name ?? '').catch(() => undefined); // The reaper removes what stays.
    throw Object.assign(new Error(refusal), { code: refusedStatus });
  }

  /** The controller, and not whoever made the Sandbox, is told what Kubernetes refuses; it tries again for ever. */
  async #awaitRefusal(name: string): Promise<string | undefined> {
    for (const untilMs = performance.now() + refusalTimeoutMs; performance.now() < untilMs; await setTimeout(150)) {
      const sandbox = await this.#read(name);
      if (sandbox === undefined || (await super.find(name)) !== undefined) return undefined;
      const refusal = refusalOf(sandbox);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** A Pod that is found running first is the Sandbox's own from then on: one that the controller makes after it is empty. */
  override async find(name: string): Promise<V1Pod | undefined> {
    const sandbox = await this.#read(name);
    if (sandbox === undefined) return undefined;
    const shown = showAsPod(sandbox, await super.find(name));
    if (shown.podUid !== undefined && shown.isNew && readPodState(shown.pod).kind === 'running')
      await this.#annotate(name, { [podUidAnnotation]: shown.podUid });
    return shown.pod;
  }

  override async list(labels: Readonly<Record<string, string>>): Promise<V1Pod[]> {
    const sandboxes = await this.#listSandboxes(selectorOf(labels));
    const pods = new Map((await super.list(labels)).map((pod) => [pod.metadata?.name, pod]));
    return sandboxes.map((sandbox) => showAsPod(sandbox, pods.get(sandbox.metadata.name)).pod);
  }

  override markUsed(name: string): Promise<void> {
    return this.#annotate(name, { [usedAtAnnotation]: new Date().toISOString() });
  }

  /** It stays until its Pod has ended. */
  override async remove(name: string, uid?: string): Promise<void> {
    try {
      const body = { propagationPolicy: 'Foreground', ...(uid !== undefined && { preconditions: { uid } }) };
      await this.#objects.deleteNamespacedCustomObject({ ...this.#place(), name, body }, this.within());
    } catch (error) {
      if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
    }
  }

  async #read(name: string): Promise<SandboxObject | undefined> {
    try {
      return await this.#objects.getNamespacedCustomObject({ ...this.#place(), name }, this.within());
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  async #listSandboxes(labelSelector: string): Promise<SandboxObject[]> {
    const found: SandboxObject[] = [];
    let _continue: string | undefined;
    do {
      const query = { ...this.#place(), labelSelector, limit: podsPerPage, ...(_continue && { _continue }) };
      const page: Page = await this.#objects.listNamespacedCustomObject(query, this.within());
      found.push(...page.items);
      _continue = page.metadata?.continue;
    } while (_continue);
    return found;
  }

  async #annotate(name: string, annotations: Record<string, string>): Promise<void> {
    const query = { ...this.#place(), name, body: { metadata: { annotations } } };
    await this.#objects.patchNamespacedCustomObject(query, this.within([this.mergePatch()]));
  }

  #place() {
    return { ...kind, namespace: this.namespace };
  }
}
