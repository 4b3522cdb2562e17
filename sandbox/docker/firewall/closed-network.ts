// Gives the network that containers are started on, once a probe has found that they reach nothing there that they must not.
import type Docker from 'dockerode';
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import type { DockerSettings } from '../container-settings.ts';
import { ensureNetwork } from '../sandbox-network.ts';
import { startFailureOf } from '../start-failure.ts';
import { findHoles } from './firewall-probe.ts';
import { resolveRanges, setFirewall } from './set-firewall.ts';

/** `problem`: why it is no closed network, where the operator takes it all the same. */
export type ClosedNetwork = { id: string; problem: string | undefined };

/**
 * The engine's own network with rules around it, or the operator's, as it is. Both are tried from inside: what counts is
 * what a container reaches.
 * @param onRaised called where rules were missing, or others, before they were set: around a new network, or where somebody
 * has taken them away
 */
export async function ensureClosedNetwork(
  docker: Docker,
  settings: DockerSettings,
  onRaised: (networkId: string) => void = () => undefined,
): Promise<Outcome<ClosedNetwork>> {
  try {
    const id = await ensureNetwork(docker, settings);
    const problem = await findProblem(docker, settings, id, onRaised);
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
  onRaised: (networkId: string) => void,
): Promise<string | undefined> {
  const { image, network } = settings;
  const isOwn = network === undefined;
  const opened = await resolveRanges(settings.openedHosts);
  const raised = isOwn ? await setFirewall(docker, image, { networkId: id, opened }) : { held: true };
  if ('obstacle' in raised)
    return `The firewall around the containers of sandboxes can't be set by the image "${image}": ${raised.obstacle}.`;
  if (!raised.held) onRaised(id);
  const holes = await findHoles(docker, settings, { networkId: id, opened });
  if (holes.length === 0) return undefined;
  const mend = isOwn ? 'The firewall around them does not hold.' : 'DOCKER_NETWORK is yours to close.';
  return `Containers of sandboxes reach this machine or what is near it (${holes.join(', ')}). ${mend}`;
}
