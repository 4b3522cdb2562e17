// Says why a container could not be started, and what its operator can do about it. Pure.
import { type Failure, failed } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { DockerSettings } from './container-settings.ts';
import { isDaemonAway } from './docker-client.ts';

type Named = Pick<DockerSettings, 'image' | 'runtime' | 'network' | 'cpus'>;

/** A fault of the machine or its configuration meets the next session too, so no client is told to try again. */
export function startFailureOf(error: unknown, named: Named): Failure {
  if (isNetworkFull(error)) return networkFull.failure;
  const problem = isDaemonAway(error)
    ? `Docker does not answer (${reasonOf(error)}); start it, or set SANDBOX to "local".`
    : findConfigurationProblem(error, named);
  if (problem !== undefined) return failed('sandboxUnavailable', problem).failure;
  return failed('sandboxFailed', `The sandbox could not be started: ${reasonOf(error)}`).failure;
}

export const describeMissingImage = (image: string): string =>
  `The sandbox image "${image}" is not there; make it with "npm run sandbox:build".`;
/** Images aren't pulled: what runs on the machine is its operator's to bring. */
export const describeImageTrouble = (error: unknown): string =>
  (error as { statusCode?: number }).statusCode === 404
    ? 'it isn\'t on this machine; its operator can bring it with "docker pull".'
    : (describeMissingProgram(reasonOf(error)) ?? `no container of it can be started: ${reasonOf(error)}.`);

/** What a container's first program is called lies in Docker's message alone. */
function describeMissingProgram(reason: string): string | undefined {
  const [, program] = /exec: "([\w.-]{1,40})": executable file not found/.exec(reason) ?? [];
  return program && `it has no ${program}.`;
}
export const describeMissingNetwork = (network: string): string =>
  `The network "${network}" is not there; make it with "docker network create", or leave DOCKER_NETWORK empty.`;
const describeMissingRuntime = (runtime: string): string =>
  `Docker has no runtime "${runtime}"; add it to the daemon's configuration, or leave SANDBOX_RUNTIME empty.`;
const describeTooFewProcessors = (cpus: number): string =>
  `Docker's machine has less than the ${cpus} processors that a sandbox may use; lower SANDBOX_CPU_LIMIT.`;
const noAddresses =
  'Docker has no addresses left for another network: remove those that nobody uses ("docker network prune"), or give ' +
  'the daemon more ("default-address-pools").';

/** Addresses become free when sessions end or have been idle for long: paused containers keep theirs. */
const networkFull = failed('overloaded', 'Too many sandboxes are kept: their network has no addresses left.', {
  retryAfterMs: 30_000,
});

/** Docker has no codes for these, and its statuses change from version to version: only its messages tell them apart. */
function findConfigurationProblem(error: unknown, { image, runtime, network, cpus }: Named): string | undefined {
  const message = reasonOf(error).toLowerCase();
  const { statusCode } = error as { statusCode?: number };
  if (isAddressPoolEmpty(error)) return noAddresses;
  if (statusCode === 404 && message.includes('image')) return describeMissingImage(image);
  if (network !== undefined && statusCode === 404 && message.includes('network'))
    return describeMissingNetwork(network);
  if (message.includes('unknown') && message.includes('runtime')) return describeMissingRuntime(runtime ?? 'runc');
  if (message.includes('range of cpus')) return describeTooFewProcessors(cpus);
  return statusCode === 400 ? `Docker does not take a sandbox as it is configured: ${reasonOf(error)}` : undefined;
}

/** Whether no network can be made any more. */
export function isAddressPoolEmpty(error: unknown): boolean {
  const message = reasonOf(error).toLowerCase();
  return !isNetworkFull(error) && (message.includes('address pool') || message.includes('fully subnetted'));
}

/** Whether no container can join the network any more: all its addresses, or all ports of its bridge, are taken. */
function isNetworkFull(error: unknown): boolean {
  const message = reasonOf(error).toLowerCase();
  return /no available (ipv[46] )?addresses on this network/.test(message) || message.includes('exchange full');
}
