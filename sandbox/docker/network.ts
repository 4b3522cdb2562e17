// The engine's own network, on which containers reach the world but not each other.
import type Docker from 'dockerode';
import { type DockerSettings, labels, ownNetwork } from './settings.ts';

/** Makes it where it isn't there; nothing to do where the operator has named one. @throws what dockerode throws */
export async function ensureNetwork(docker: Docker, { network, engineId }: DockerSettings): Promise<void> {
  if (network !== undefined) return;
  const name = ownNetwork(engineId);
  const isThere = await docker
    .getNetwork(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (isThere) return;
  try {
    await docker.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Labels: { [labels.managed]: 'true', [labels.engine]: engineId },
      Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 409) throw error; // Another host made it in this moment.
  }
}
