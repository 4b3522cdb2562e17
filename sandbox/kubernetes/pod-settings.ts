// The Pod that a sandbox is: what the Pod Security Standard "restricted" asks for, and bounds on all that it may use. Pure.
import type { V1Pod, V1Toleration, V1Volume } from '@kubernetes/client-node';
import type { KubernetesConfig } from '../../schema/kubernetes-config.ts';
import { agentHome } from '../docker/container-settings.ts';
import { workspace } from '../sandbox.ts';

export type PodSettings = Omit<KubernetesConfig, 'mayBeOpen'>;

/** NetworkPolicies choose sandboxes by `managed`; the rest says whose they are. */
export const podLabels = {
  managed: 'lucid.dev/sandbox',
  cluster: 'lucid.dev/cluster',
  session: 'lucid.dev/session',
} as const;

/** When the session's owner last said that it has the Pod. */
export const usedAtAnnotation = 'lucid.dev/used-at';

export const containerName = 'sandbox';

/**
 * A Pod ends at this age, whatever becomes of its engines. It is longer than any session is worked in without a rest long
 * enough for its Pod to be removed.
 */
const podAgeMaxMs = 7 * 24 * 3_600_000;

const megabyte = 1024 * 1024;

/**
 * The main process: an init that ends what has lost its parent, and below it what keeps the Pod. Neither ends by the signals
 * that a command could send by mistake.
 */
const mainProgram = [
  'import os,signal',
  'for n in "HUP INT QUIT TERM USR1 USR2 ALRM".split(): signal.signal(getattr(signal,"SIG"+n),signal.SIG_IGN)',
  'main=os.fork()',
  'if main==0: os.execvp("sleep",["sleep","infinity"])',
  'while os.wait()[0]!=main: pass',
].join('\n');

const securityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
};

/** A sandbox's name holds its session's id; the time tells a Pod from the one before. */
export const podNameOf = ({ prefix }: PodSettings, sessionId: string): string =>
  `${prefix}${sessionId.toLowerCase()}-${Date.now().toString(36)}`;

export function buildPod(settings: PodSettings, name: string, sessionId: string): V1Pod {
  const { image, memoryBytes, cpus, runtime, nodeSelector, tolerations, clusterId } = settings;
  const volumes = listVolumes(settings);
  const resources = {
    requests: {
      cpu: cpuOf(cpus / 4),
      memory: `${Math.floor(memoryBytes / 4)}`,
      'ephemeral-storage': `${64 * megabyte}`,
    },
    limits: { cpu: cpuOf(cpus), memory: `${memoryBytes}`, 'ephemeral-storage': `${storageBytesOf(settings)}` },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { [podLabels.managed]: 'true', [podLabels.cluster]: clusterId, [podLabels.session]: sessionId },
      annotations: { [usedAtAnnotation]: new Date().toISOString() },
    },
    spec: {
      restartPolicy: 'Always',
      activeDeadlineSeconds: podAgeMaxMs / 1_000,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostname: 'sandbox',
      ...(runtime !== undefined && { runtimeClassName: runtime }),
      ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
      ...(tolerations.length > 0 && { tolerations: tolerations as V1Toleration[] }),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      // The folders are to be the commands' own: git trusts no others, and a volume's root may hold what isn't theirs.
      initContainers: [
        {
          name: 'folders',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['mkdir', '-p', '-m', '0755', '/files/workspace', '/files/home'],
          securityContext,
          resources,
          volumeMounts: [{ name: 'files', mountPath: '/files' }],
        },
      ],
      containers: [
        {
          name: containerName,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['python3', '-ISc', mainProgram],
          workingDir: workspace,
          env: [{ name: 'HOME', value: agentHome }],
          securityContext,
          resources,
          volumeMounts: [
            { name: 'files', mountPath: workspace, subPath: 'workspace' },
            { name: 'files', mountPath: agentHome, subPath: 'home' },
            { name: 'temporary', mountPath: '/tmp' },
            { name: 'shared-memory', mountPath: '/dev/shm' },
            { name: 'shell-state', mountPath: '/run/lucid' },
          ],
        },
      ],
      volumes,
    },
  };
}

const cpuOf = (cpus: number): string => `${Math.max(1, Math.round(cpus * 1_000))}m`;

/** What the Pod may write to the node's disk: its files where they are there, and what the node keeps of its log. */
const storageBytesOf = ({ workspaceKind, workspaceBytes, storageClass }: PodSettings): number =>
  (workspaceKind === 'disk' && storageClass === undefined ? workspaceBytes : 0) + 64 * megabyte;

function listVolumes({ memoryBytes, ...settings }: PodSettings): V1Volume[] {
  const inMemory = (name: string, bytes: number): V1Volume => ({
    name,
    emptyDir: { medium: 'Memory', sizeLimit: `${Math.floor(bytes)}` },
  });
  return [
    buildFilesVolume({ memoryBytes, ...settings }),
    inMemory('temporary', Math.min(512 * megabyte, memoryBytes / 8)),
    inMemory('shared-memory', Math.min(64 * megabyte, memoryBytes / 16)),
    inMemory('shell-state', megabyte),
  ];
}

/** A volume of a storage class is made with its Pod and ends with it; in memory it has half of the Pod's at most. */
function buildFilesVolume({ workspaceKind, workspaceBytes, memoryBytes, storageClass }: PodSettings): V1Volume {
  const name = 'files';
  if (workspaceKind === 'memory') {
    const bytes = Math.min(workspaceBytes, Math.floor(memoryBytes / 2));
    return { name, emptyDir: { medium: 'Memory', sizeLimit: `${bytes}` } };
  }
  if (storageClass === undefined) return { name, emptyDir: { sizeLimit: `${workspaceBytes}` } };
  const spec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: storageClass,
    resources: { requests: { storage: `${workspaceBytes}` } },
  };
  return { name, ephemeral: { volumeClaimTemplate: { spec } } };
}
