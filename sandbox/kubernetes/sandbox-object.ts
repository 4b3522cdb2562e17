// A Sandbox of agent-sandbox: how it is made of the Pod that is wanted, and what it and its Pod say together. Pure.
import type { V1ObjectMeta, V1Pod, V1PodStatus } from '@kubernetes/client-node';

/** The Pod that a Sandbox's session has worked in. */
export const podUidAnnotation = 'lucid.dev/pod-uid';

export type SandboxObject = {
  /** As JSON has it: times are texts. */
  metadata: Omit<V1ObjectMeta, 'creationTimestamp' | 'deletionTimestamp'> & {
    creationTimestamp?: string;
    deletionTimestamp?: string;
  };
  status?: { conditions?: { type: string; status: string; reason: string; message: string }[] };
};

/** The controller ends it with its Pod at the age at which the Pod would end. */
export function buildSandboxObject({ metadata, spec }: V1Pod, nowMs = Date.now()) {
  const { name, labels, annotations } = metadata ?? {};
  const ageMaxMs = (spec?.activeDeadlineSeconds ?? 0) * 1_000;
  return {
    apiVersion: 'agents.x-k8s.io/v1beta1',
    kind: 'Sandbox',
    metadata: { name, labels, annotations },
    spec: {
      podTemplate: { metadata: { labels }, spec },
      service: false,
      ...(ageMaxMs > 0 && { shutdownTime: new Date(nowMs + ageMaxMs).toISOString(), shutdownPolicy: 'Delete' }),
    },
  };
}

/** Why the controller could not make the Pod; undefined where it could, or has not tried yet. */
export const refusalOf = ({ status }: SandboxObject): string | undefined =>
  status?.conditions?.find(({ type, reason }) => type === 'Ready' && reason === 'ReconcilerError')?.message;

const notMade: V1PodStatus = {
  phase: 'Pending',
  conditions: [
    { type: 'PodScheduled', status: 'False', message: 'the controller of agent-sandbox has made no Pod for it yet' },
  ],
};
const gone: V1PodStatus = { phase: 'Failed', reason: 'Gone', message: 'the Pod of its Sandbox is gone' };

/**
 * Shows both as one Pod: with the Sandbox's name, id, labels and marks, and with the Pod's status. The controller makes another Pod
 * where one is gone, which has nothing of the workspace: it counts as ended.
 */
export function showAsPod(
  sandbox: SandboxObject,
  pod: V1Pod | undefined,
): { pod: V1Pod; podUid?: string; isNew: boolean } {
  const { creationTimestamp, deletionTimestamp = pod?.metadata?.deletionTimestamp, ...metadata } = sandbox.metadata;
  const workedIn = metadata.annotations?.[podUidAnnotation];
  const podUid = pod?.metadata?.uid;
  const isOther = workedIn !== undefined && workedIn !== podUid;
  const shown = {
    metadata: {
      ...metadata,
      ...(creationTimestamp !== undefined && { creationTimestamp: new Date(creationTimestamp) }),
      ...(deletionTimestamp !== undefined && !isOther && { deletionTimestamp: new Date(deletionTimestamp) }),
    },
    status: isOther ? gone : (pod?.status ?? notMade),
  };
  return { pod: shown, isNew: workedIn === undefined, ...(podUid !== undefined && { podUid }) };
}
