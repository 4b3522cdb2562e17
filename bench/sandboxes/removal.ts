// Removes all that was made in Docker under an engine id of the bench's own.
import type Docker from 'dockerode';
import { labels } from '../../sandbox/docker/container-settings.ts';

/** @returns the names of what was removed */
export async function removeAllOfEngine(docker: Docker, engineId: string): Promise<string[]> {
  const label = [`${labels.engine}=${engineId}`];
  const containers = await docker.listContainers({ all: true, filters: { label } });
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true })));
  // Dockerode takes filters of volumes as the text that Docker's API has, whatever its types say.
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify({ label }) as never });
  const volumes = Volumes ?? [];
  await Promise.all(volumes.map(({ Name }) => docker.getVolume(Name).remove({ force: true })));
  const networks = await docker.listNetworks({ filters: { label } });
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()));
  return [...containers.flatMap(({ Names }) => Names), ...[...volumes, ...networks].map(({ Name }) => Name)];
}
