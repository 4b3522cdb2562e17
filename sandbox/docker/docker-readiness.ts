// Asks the daemon for what containers need, without starting any.
import type Docker from 'dockerode';
import type { DockerSettings } from './container-settings.ts';
import { isDaemonAway } from './docker-client.ts';
import { describeMissingImage, describeMissingNetwork, startFailureOf } from './start-failure.ts';

/**
 * Asks once again where no answer came in time, since this thread itself may have been what was late at a start.
 * @returns what is missing, and what to do about it; undefined where nothing is
 */
export async function findMissing(docker: Docker, settings: DockerSettings): Promise<string | undefined> {
  const look = () => lookForMissing(docker, settings);
  try {
    return await look().catch((error) => (isTimeout(error) ? look() : Promise.reject(error)));
  } catch (error) {
    return startFailureOf(error, settings).detail;
  }
}

async function lookForMissing(docker: Docker, { image, network }: DockerSettings): Promise<string | undefined> {
  if (!(await exists(docker.getImage(image)))) return describeMissingImage(image);
  if (network !== undefined && !(await exists(docker.getNetwork(network)))) return describeMissingNetwork(network);
  return undefined;
}

const isTimeout = (error: unknown): boolean => (error as { code?: string }).code === 'ETIMEDOUT';

async function exists(imageOrNetwork: { inspect(): Promise<unknown> }): Promise<boolean> {
  try {
    await imageOrNetwork.inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/** `silent`: the socket is there, but no sensible answer comes in time, as with a busy daemon. */
export async function checkDaemon(docker: Docker): Promise<'there' | 'silent' | 'absent'> {
  try {
    await docker.ping();
    return 'there';
  } catch (error) {
    const { code = '' } = error as { code?: string };
    return isDaemonAway(error) && ['ENOENT', 'ECONNREFUSED', 'EACCES'].includes(code) ? 'absent' : 'silent';
  }
}
