// Makes, finds and removes the engine's own network, on which containers reach the internet but not each other.
import type Docker from 'dockerode';
import { type DockerSettings, labels, ownNetworkName } from './container-settings.ts';
import { removeOldFirewalls } from './firewall/set-firewall.ts';
import { isAddressPoolEmpty } from './start-failure.ts';

type ListedNetwork = { Id: string; Name: string; Created: string; Labels?: Record<string, string> };

/** How long a network counts as being made by another engine, and isn't removed. */
const networkGraceMs = 60_000;

/**
 * Finds the network, or makes it. Docker lets hosts that begin at once make several of one name, and refuses that name
 * afterwards; so the network is known by its id, and a host that made a later one removes it again.
 * @returns its id, or the name of the network that the operator has chosen
 * @throws what dockerode throws
 */
export async function ensureNetwork(docker: Docker, settings: DockerSettings): Promise<string> {
  const { network, engineId } = settings;
  if (network !== undefined) return network;
  const found = await findEarliest(docker, engineId);
  if (found) return found.Id;
  const made = await docker.createNetwork(buildNetworkOptions(engineId)).catch(async (error) => {
    const madeMeanwhile = isNameTaken(error) && (await findEarliest(docker, engineId));
    if (madeMeanwhile) return docker.getNetwork(madeMeanwhile.Id);
    if (!isAddressPoolEmpty(error) || (await removeIdleNetworks(docker, settings, networkGraceMs)) === 0) throw error;
    return docker.createNetwork(buildNetworkOptions(engineId));
  });
  const first = (await findEarliest(docker, engineId)) ?? { Id: made.id };
  if (first.Id !== made.id) await made.remove().catch(() => undefined); // A later one that stays does no harm.
  return first.Id;
}

/** Newer versions of Docker refuse a second network of a name. */
const isNameTaken = (error: unknown): boolean => (error as { statusCode?: number }).statusCode === 409;

export const buildNetworkOptions = (engineId: string) => ({
  Name: ownNetworkName(engineId),
  Labels: { [labels.managed]: 'true', [labels.engine]: engineId },
  Options: { 'com.docker.network.bridge.enable_icc': 'false' },
});

async function findEarliest(docker: Docker, engineId: string): Promise<ListedNetwork | undefined> {
  const name = ownNetworkName(engineId);
  const listed = (await docker.listNetworks({ filters: { name: [name] } })) as ListedNetwork[];
  const own = listed.filter(({ Name }) => Name === name); // Docker also finds names that only contain this one.
  return own.sort((a, b) => (a.Created < b.Created ? -1 : 1))[0];
}

/**
 * The id of the network that containers are on, by which engines tell a daemon from another: Docker gives each one its own.
 * @returns undefined while there is none
 * @throws what dockerode throws
 */
export async function findNetworkId(
  docker: Docker,
  { network, engineId }: Pick<DockerSettings, 'network' | 'engineId'>,
): Promise<string | undefined> {
  if (network === undefined) return (await findEarliest(docker, engineId))?.Id;
  const chosen = await docker
    .getNetwork(network)
    .inspect()
    .catch((error) => {
      if ((error as { statusCode?: number }).statusCode === 404) return undefined;
      throw error;
    });
  return chosen?.Id;
}

type NetworkOwner = Pick<DockerSettings, 'engineId' | 'image'>;

/** Removes an ending engine's network, unless a container that is kept is on it. @throws what dockerode throws */
export async function removeOwnNetwork(docker: Docker, { engineId, image }: NetworkOwner): Promise<void> {
  const own = await findEarliest(docker, engineId);
  if (own && (await removeUnusedNetwork(docker, own.Id))) await removeOldFirewalls(docker, image);
}

/**
 * Removes other engines' networks without containers: an engine makes its own again when it needs it, and one that was
 * killed never removes its own.
 * @returns how many were removed
 * @throws what dockerode throws
 */
export async function removeIdleNetworks(
  docker: Docker,
  { engineId, image }: NetworkOwner,
  idleMs: number,
): Promise<number> {
  const listed = (await docker.listNetworks({ filters: { label: [`${labels.managed}=true`] } })) as ListedNetwork[];
  let removed = 0;
  for (const { Id, Created, Labels } of listed)
    if (Labels?.[labels.engine] !== engineId && Date.now() - Date.parse(Created) >= idleMs)
      removed += (await removeUnusedNetwork(docker, Id)) ? 1 : 0;
  if (removed > 0) await removeOldFirewalls(docker, image);
  return removed;
}

/** Asks for all containers, because Docker's own check sees only those that run. */
async function removeUnusedNetwork(docker: Docker, id: string): Promise<boolean> {
  const containers = await docker.listContainers({ all: true, filters: { network: [id] } });
  if (containers.length > 0) return false;
  return docker
    .getNetwork(id)
    .remove()
    .then(
      () => true,
      () => false, // A container has joined it, or another engine has removed it.
    );
}
