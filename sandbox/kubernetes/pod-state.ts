// What the status of a Pod says of it: whether a guest can run in it, and what has become of it otherwise. Pure.
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { type Failure, failed } from '../../schema/error.ts';
import { containerName } from './pod-settings.ts';

/** `why`: in a few words of Kubernetes' own. */
export type PodState =
  | { kind: 'running'; restarts: number; lastEnd: string | undefined }
  | { kind: 'starting'; why: string }
  /** It can't start, and starting it again would not help. */
  | { kind: 'stuck'; failure: Failure }
  | { kind: 'ended'; why: string };

const whyCharsMax = 200;
/** Words of images that can't be had; a container in such a state is tried again for ever. */
const imageTrouble = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);
const settingsTrouble = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

export function readPodState(pod: V1Pod): PodState {
  const { phase, reason, message } = pod.status ?? {};
  if (phase === 'Failed' || phase === 'Succeeded')
    return { kind: 'ended', why: cut([reason, message].filter(Boolean).join(': ') || 'it has ended') };
  if (pod.metadata?.deletionTimestamp !== undefined) return { kind: 'ended', why: 'it was deleted' };
  const own = pod.status?.containerStatuses?.find(({ name }) => name === containerName);
  if (own?.state?.running !== undefined)
    return { kind: 'running', restarts: own.restartCount, lastEnd: own.lastState?.terminated?.reason };
  return describeStart(pod, own);
}

function describeStart(pod: V1Pod, own: V1ContainerStatus | undefined): PodState {
  const first = pod.status?.initContainerStatuses?.find(({ state }) => state?.terminated?.reason !== 'Completed');
  const waiting = first?.state?.waiting ?? own?.state?.waiting;
  const { reason = '', message = '' } = waiting ?? {};
  if (imageTrouble.has(reason))
    return stuck(`The sandbox image can not be had by the cluster's nodes (${cut(`${reason}: ${message}`)}).`);
  if (settingsTrouble.has(reason))
    return stuck(`A node does not take a sandbox as it is configured (${cut(`${reason}: ${message}`)}).`);
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return { kind: 'starting', why: cut(scheduled.message ?? 'no node has room') };
  return { kind: 'starting', why: reason || 'its containers are being made' };
}

const stuck = (detail: string): PodState => ({
  kind: 'stuck',
  failure: failed('sandboxUnavailable', detail).failure,
});

/** A Pod that no node has room for starts once there is some. */
export const lateFailureOf = (state: PodState): Failure =>
  state.kind === 'starting'
    ? failed('overloaded', `No sandbox could be started in time: ${state.why}.`, { retryAfterMs: 10_000 }).failure
    : failed('sandboxFailed', 'The sandbox did not start.').failure;

const cut = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, whyCharsMax);
