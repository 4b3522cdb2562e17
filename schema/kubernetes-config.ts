// The settings of Pods that sandboxes are, as a host is started with them.

export type KubernetesConfig = {
  namespace: string;
  /** Who makes the Pods: the engine, or the controller of agent-sandbox for Sandboxes that the engine makes. */
  podMaker: 'engine' | 'agent-sandbox';
  image: string;
  /** The beginning of Pods' names. */
  prefix: string;
  memoryBytes: number;
  cpus: number;
  /** A RuntimeClass such as `gvisor`; undefined for the cluster's default. */
  runtime: string | undefined;
  workspaceBytes: number;
  workspaceKind: 'disk' | 'memory';
  /** The class of the volume that a workspace on disk is in; undefined for the node's own disk. */
  storageClass: string | undefined;
  nodeSelector: Readonly<Record<string, string>>;
  tolerations: readonly Toleration[];
  /** Whether Pods may be started where they reach the cluster's own network. */
  mayBeOpen: boolean;
  /** The engine, or all engines of a cluster, that the Pods belong to. */
  clusterId: string;
};

/** A taint of nodes that sandboxes may run on all the same; without a value any, and without an effect all. */
export type Toleration = { key: string; operator: 'Equal' | 'Exists'; value?: string; effect?: string };
