// The variables of Pods: where they run, and what their workspaces are on.
import * as v from 'valibot';
import type { Toleration } from '../../schema/kubernetes-config.ts';
import { matching, namesOrNone } from './value-schemas.ts';

const dnsLabel = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/;
const pair = /^([\w./-]{1,317})=([\w.-]{0,63})$/;
const toleration = /^([\w./-]{1,317})(?:=([\w.-]{0,63}))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$/;

export const kubernetesVariables = {
  SANDBOX_NAMESPACE: {
    accepts: 'the name of a namespace of Kubernetes',
    fallback: 'lucid-sandboxes',
    schema: matching(dnsLabel),
  },
  SANDBOX_POD_MAKER: {
    accepts: '"engine" or "agent-sandbox"',
    fallback: 'engine',
    schema: v.picklist(['engine', 'agent-sandbox']),
  },
  SANDBOX_STORAGE_CLASS: {
    accepts: 'the name of a StorageClass',
    schema: matching(/^[a-z\d]([a-z\d.-]{0,251}[a-z\d])?$/),
  },
  SANDBOX_NODE_SELECTOR: {
    accepts: 'labels of nodes such as pool=sandboxes, separated by commas',
    fallback: '',
    schema: v.pipe(
      namesOrNone((item) => (pair.test(item) ? item : undefined)),
      v.transform((items) => Object.fromEntries(items.map((item) => item.split('=', 2) as [string, string]))),
    ),
  },
  SANDBOX_TOLERATIONS: {
    accepts: 'taints of nodes such as sandboxes=only:NoSchedule or gpu, separated by commas',
    fallback: '',
    schema: v.pipe(
      namesOrNone((item) => (toleration.test(item) ? item : undefined)),
      v.transform((items) => items.map(readToleration)),
    ),
  },
} as const;

function readToleration(item: string): Toleration {
  const [, key = '', value, effect] = toleration.exec(item) ?? [];
  return {
    key,
    ...(value === undefined ? { operator: 'Exists' as const } : { operator: 'Equal' as const, value }),
    ...(effect !== undefined && { effect }),
  };
}
