// Runs one command in a container of its own, which is removed when the command ends.
import type Docker from 'dockerode';
import { labels } from './container-settings.ts';
import { DockerStreamReader } from './packet-reader.ts';

export type OneOffResult = { exitCode: number; output: string };

const outputCharsMax = 10_000;

/** Docker removes the container when its command ends, whatever becomes of the engine meanwhile. */
export const buildOneOffOptions = (options: Docker.ContainerCreateOptions): Docker.ContainerCreateOptions => ({
  ...options,
  AttachStdout: true,
  AttachStderr: true,
  Labels: { [labels.managed]: 'true', ...options.Labels },
  HostConfig: { ...options.HostConfig, AutoRemove: true, LogConfig: { Type: 'none', Config: {} } },
});

/**
 * @param options as `buildOneOffOptions` makes them
 * @throws what dockerode throws
 */
export async function runOneOff(docker: Docker, options: Docker.ContainerCreateOptions): Promise<OneOffResult> {
  const container = await docker.createContainer(options);
  try {
    let output = '';
    const demux = new DockerStreamReader((chunk) => {
      output = (output + chunk.toString('utf8')).slice(-outputCharsMax);
    });
    const stream = await container.attach({ hijack: true, stream: true, stdout: true, stderr: true });
    stream.on('data', (chunk: Buffer) => demux.add(chunk));
    const allRead = new Promise<void>((resolve) =>
      stream
        .once('end', resolve)
        .once('close', resolve)
        .on('error', () => resolve()),
    );
    const ended = container.wait({ condition: 'removed' }) as Promise<{ StatusCode: number }>; // Asked before it can be gone.
    // A container that can't be started counts as ended too, which Docker may say first; only the start says why.
    const [{ StatusCode }] = await Promise.all([ended, container.start()]);
    await allRead;
    return { exitCode: StatusCode, output: output.trim() };
  } catch (error) {
    await container.remove({ force: true }).catch(() => undefined); // It never ran, or Docker has removed it.
    throw error;
  }
}
