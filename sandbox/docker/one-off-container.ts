// Runs one command in a container of its own, which is removed when the command ends.
import type Docker from 'dockerode';
import { labels } from './container-settings.ts';
import { DockerStreamReader } from './packet-reader.ts';

export type OneOffResult = { exitCode: number; output: string };

const outputCharsMax = 10_000;

/** Docker removes it when it ends, whatever becomes of the engine meanwhile; its command ends by itself. */
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
    const heard = new Promise<void>((resolve) =>
      stream
        .once('end', resolve)
        .once('close', resolve)
        .on('error', () => resolve()),
    );
    const ended = container.wait({ condition: 'removed' }) as Promise<{ StatusCode: number }>; // Before it can be gone.
    // One that can't be started has ended too, and Docker may tell that first; why is told by the start alone.
    const [{ StatusCode }] = await Promise.all([ended, container.start()]);
    await heard;
    return { exitCode: StatusCode, output: output.trim() };
  } catch (error) {
    await container.remove({ force: true }).catch(() => undefined); // It never ran, or Docker has removed it.
    throw error;
  }
}
