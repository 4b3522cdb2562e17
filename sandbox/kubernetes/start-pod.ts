// Makes a session's Pod and waits until a guest can run in it; says why where that takes too long or can't be.
import { setTimeout } from 'node:timers/promises';
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import { apiReasonOf, type KubernetesClient, statusOf } from './kubernetes-client.ts';
import { buildPod, type PodSettings, podNameOf } from './pod-settings.ts';
import { lateFailureOf, type PodState, readPodState } from './pod-state.ts';

/** A Pod runs within three seconds where the image is there; a node that is fetched for it takes minutes, which none waits. */
const podStartTimeoutMs = 60_000;
const pollIntervalMs = 150;

/** @returns the Pod's name. A Pod that doesn't start is removed */
export async function startPod(
  client: KubernetesClient,
  settings: PodSettings,
  sessionId: string,
): Promise<Outcome<string>> {
  const name = podNameOf(settings, sessionId);
  try {
    await client.create(buildPod(settings, name, sessionId));
  } catch (error) {
    return { ok: false, failure: refusalOf(error, client.namespace) };
  }
  const problem = await waitUntilRunning(client, name).catch(
    (error) => failed('sandboxFailed', `Kubernetes does not answer: ${apiReasonOf(error)}`).failure,
  );
  if (problem === undefined) return succeeded(name);
  await client.remove(name).catch(() => undefined); // The reaper removes what stays.
  return { ok: false, failure: problem };
}

/** @returns why it doesn't run. @throws where the API doesn't answer */
async function waitUntilRunning(client: KubernetesClient, name: string): Promise<Failure | undefined> {
  const untilMs = performance.now() + podStartTimeoutMs;
  for (;;) {
    const pod = await client.find(name);
    const state: PodState = pod ? readPodState(pod) : { kind: 'ended', why: 'it is gone' };
    if (state.kind === 'running') return undefined;
    if (state.kind === 'stuck') return state.failure;
    if (state.kind === 'ended') return failed('sandboxFailed', `The sandbox's Pod has ended: ${state.why}.`).failure;
    if (performance.now() > untilMs) return lateFailureOf(state);
    await setTimeout(pollIntervalMs);
  }
}

/** A namespace's quota has room again when sessions end; what else is refused stays refused. */
function refusalOf(error: unknown, namespace: string): Failure {
  const [status, reason] = [statusOf(error), apiReasonOf(error)];
  if (reason.includes('exceeded quota'))
    return failed('overloaded', 'The sandboxes have all that their namespace may use.', { retryAfterMs: 30_000 })
      .failure;
  if (status === undefined || status >= 500)
    return failed('sandboxUnavailable', `Kubernetes does not answer (${reason}).`).failure;
  if (status === 404)
    return failed('sandboxUnavailable', `The namespace "${namespace}" is not there; SANDBOX_NAMESPACE names it.`)
      .failure;
  return failed('sandboxUnavailable', `Kubernetes does not take a sandbox (${reason}).`).failure;
}
