// Gives the network that containers are started on, once a probe has found that they reach nothing forbidden from there.
import type Docker from 'dockerode';
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import type { DockerSettings } from '../container-settings.ts';
import { ensureNetwork } from '../sandbox-network.ts';
import { startFailureOf } from '../start-failure.ts';
import { findForbiddenPlaces } from './firewall-probe.ts';
import { resolveRanges, setFirewall } from './set-firewall.ts';

/** `problem`: why the network isn't closed, where the operator allows that. */
export type ClosedNetwork = { id: string; problem: string | undefined };

/**
 * Sets the firewall around the engine's own network, and takes the operator's as it is. Both are probed from inside, since
 * what a container reaches is what counts.
 * @param onFirewallSet called where the rules were missing or different before: around a new network, or where somebody
 * has removed them
 */
export async function ensureClosedNetwork(
  docker: Docker,
  settings: DockerSettings,
  onFirewallSet: (networkId: string) => void = () => undefined,
): Promise<Outcome<ClosedNetwork>> {
  try {
    const id = await ensureNetwork(docker, settings);
    const problem = await findProblem(docker, settings, id, onFirewallSet);
    if (problem === undefined || settings.mayBeOpen) return succeeded({ id, problem });
    return failed(
      'sandboxUnavailable',
      `${problem} Agents get no containers there, unless ALLOW_OPEN_SANDBOX_NETWORK is 1.`,
    );
  } catch (error) {
    return { ok: false, failure: startFailureOf(error, settings) };
  }
}

async function findProblem(
  docker: Docker,
  settings: DockerSettings,
  id: string,
  onFirewallSet: (networkId: string) => void,
): Promise<string | undefined> {
  const { image, network } = settings;
  const isOwn = network === undefined;
  const opened = await resolveRanges(settings.openedHosts);
  const firewall = isOwn ? await setFirewall(docker, image, { networkId: id, opened }) : { wasSet: true };
  if ('obstacle' in firewall)
    return `The firewall around the containers of sandboxes can't be set by the image "${image}": ${firewall.obstacle}.`;
  if (!firewall.wasSet) onFirewallSet(id);
  const reached = await findForbiddenPlaces(docker, settings, { networkId: id, opened });
  if (reached.length === 0) return undefined;
  const advice = isOwn ? 'The firewall around them does not hold.' : 'DOCKER_NETWORK is yours to close.';
  return `Containers of sandboxes reach this machine or what is near it (${reached.join(', ')}). ${advice}`;
}
