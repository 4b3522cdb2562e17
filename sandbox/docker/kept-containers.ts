// The sessions that have a container at a daemon, whether it runs or waits for them.
import type Docker from 'dockerode';
import { type DockerSettings, labels } from './container-settings.ts';

/** @returns their ids, and names that no session has for what was made ahead or replaced */
export async function listKeptSessions(
  docker: Docker,
  { engineId, containerPrefix }: Pick<DockerSettings, 'engineId' | 'containerPrefix'>,
): Promise<string[]> {
  const label = [`${labels.managed}=true`, `${labels.engine}=${engineId}`];
  const listed = await docker.listContainers({ all: true, filters: { label } });
  const names = listed.flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, '')));
  return names.filter((name) => name.startsWith(containerPrefix)).map((name) => name.slice(containerPrefix.length));
}
