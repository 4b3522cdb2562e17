// The sessions that have a container at a daemon, whether it runs or waits for them.
import type Docker from 'dockerode';
import type { DockerSettings } from './container-settings.ts';
import { findContainers } from './found-container.ts';

export async function listKeptSessions(
  docker: Docker,
  settings: Pick<DockerSettings, 'engineId' | 'containerPrefix'>,
): Promise<string[]> {
  return (await findContainers(docker, settings)).flatMap(({ sessionId }) => sessionId ?? []);
}
