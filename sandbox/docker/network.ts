// The engine's own network, on which containers reach the world but not each other.
import type Docker from 'dockerode';
import { type DockerSettings, labels, ownNetwork } from './settings.ts';

type Listed = { Id: string; Name: string; Created: string };

/**
 * Finds it, or makes it. Docker lets hosts that begin at once make several of one name, and refuses that name
 * afterwards; so it is known by its id, and whoever made a later one takes it away again.
 * @returns its id, or the name of the network that the operator has chosen
 * @throws what dockerode throws
 */
export async function ensureNetwork(docker: Docker, { network, engineId }: DockerSettings): Promise<string> {
  if (network !== undefined) return network;
  const name = ownNetwork(engineId);
  const found = await earliest(docker, name);
  if (found) return found.Id;
  const made = await docker.createNetwork(networkOptions(engineId));
  const first = (await earliest(docker, name)) ?? { Id: made.id };
  if (first.Id !== made.id) await made.remove().catch(() => undefined); // It is in nobody's way.
  return first.Id;
}

export const networkOptions = (engineId: string) => ({
  Name: ownNetwork(engineId),
  Labels: { [labels.managed]: 'true', [labels.engine]: engineId },
  Options: { 'com.docker.network.bridge.enable_icc': 'false' },
});

async function earliest(docker: Docker, name: string): Promise<Listed | undefined> {
  const listed = (await docker.listNetworks({ filters: { name: [name] } })) as Listed[];
  const own = listed.filter(({ Name }) => Name === name); // The filter also finds names that contain it.
  return own.sort((a, b) => (a.Created < b.Created ? -1 : 1))[0];
}
