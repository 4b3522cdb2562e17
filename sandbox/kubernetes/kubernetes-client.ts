// The calls to Kubernetes' API that sandboxes need, loaded where there are Pods. Each ends: an API server that hangs is given up.
import type { CoreV1Api, KubeConfig, ObservableMiddleware, V1Pod } from '@kubernetes/client-node';
import { reasonOf } from '../../schema/reason-of.ts';
import { usedAtAnnotation } from './pod-settings.ts';

/** The API answers in milliseconds, where webhooks judge Pods in seconds. */
const kubernetesCallTimeoutMs = 10_000;
/** Pods of one answer of the API; more come in further ones. */
export const podsPerPage = 500;

export type Library = typeof import('@kubernetes/client-node');

export class KubernetesClient {
  readonly #library: Library;
  readonly #core: CoreV1Api;
  readonly #namespace: string;
  readonly config: KubeConfig;

  constructor(library: Library, config: KubeConfig, namespace: string) {
    this.#library = library;
    this.config = config;
    this.#namespace = namespace;
    this.#core = config.makeApiClient(library.CoreV1Api);
  }

  get library(): Library {
    return this.#library;
  }

  get namespace(): string {
    return this.#namespace;
  }

  /** @throws what the API refuses it for */
  create(body: V1Pod): Promise<V1Pod> {
    return this.#core.createNamespacedPod({ namespace: this.#namespace, body }, this.within());
  }

  /** @returns undefined where there is none of that name. @throws where that isn't known */
  async find(name: string): Promise<V1Pod | undefined> {
    try {
      return await this.#core.readNamespacedPod({ namespace: this.#namespace, name }, this.within());
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** @throws where that isn't known */
  async list(labels: Readonly<Record<string, string>>): Promise<V1Pod[]> {
    const labelSelector = selectorOf(labels);
    const found: V1Pod[] = [];
    let _continue: string | undefined;
    do {
      const query = { namespace: this.#namespace, labelSelector, limit: podsPerPage, ...(_continue && { _continue }) };
      const page = await this.#core.listNamespacedPod(query, this.within());
      found.push(...page.items);
      _continue = page.metadata?._continue;
    } while (_continue);
    return found;
  }

  /** Notes that the Pod has an owner at this moment. @throws where it is gone or the API doesn't answer */
  async markUsed(name: string): Promise<void> {
    const body = { metadata: { annotations: { [usedAtAnnotation]: new Date().toISOString() } } };
    await this.#core.patchNamespacedPod({ namespace: this.#namespace, name, body }, this.within([this.mergePatch()]));
  }

  /** Removes a Pod; one that is gone is removed. `uid` keeps another of the same name. @throws where the API doesn't answer */
  async remove(name: string, uid?: string): Promise<void> {
    try {
      const body = { gracePeriodSeconds: 1, ...(uid !== undefined && { preconditions: { uid } }) };
      await this.#core.deleteNamespacedPod({ namespace: this.#namespace, name, body }, this.within());
    } catch (error) {
      if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
    }
  }

  protected mergePatch(): ObservableMiddleware {
    const { setHeaderMiddleware, PatchStrategy } = this.#library;
    return setHeaderMiddleware('Content-Type', PatchStrategy.MergePatch);
  }

  protected within(more: ObservableMiddleware[] = []): Parameters<CoreV1Api['readNamespacedPod']>[1] {
    const { Observable } = this.#library;
    const limit: ObservableMiddleware = {
      pre: (context) => {
        context.setSignal(AbortSignal.timeout(kubernetesCallTimeoutMs));
        return new Observable(Promise.resolve(context));
      },
      post: (context) => new Observable(Promise.resolve(context)),
    };
    return { middleware: [limit, ...more], middlewareMergeStrategy: 'append' };
  }
}

export const selectorOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');

/** The status that the API has answered with; undefined where it hasn't answered. */
export const statusOf = (error: unknown): number | undefined => {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
};

const reasonCharsMax = 300;

/** Why a call failed, in the API's own sentence where there is one. */
export function apiReasonOf(error: unknown): string {
  const { body, cause } = error as { body?: unknown; cause?: unknown };
  const message = messageOf(body) ?? (cause instanceof Error ? cause.message : undefined);
  return reasonOf(message ?? error).slice(0, reasonCharsMax);
}

function messageOf(body: unknown): string | undefined {
  try {
    const parsed: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    const { message } = (parsed ?? {}) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
