// One attached exec in a container: its input, its output, and the last of its error output.
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { sandboxUser } from './container-settings.ts';
import { DockerStreamReader } from './packet-reader.ts';

export type Exec = {
  readonly id: string;
  write(text: string): void;
  /** Registers who gets what the exec prints on its standard output. */
  onOutput(listener: (chunk: Buffer) => void): void;
  /** Resolves with the last of its error output. */
  readonly ended: Promise<string>;
  /** Lets go of the exec: its input ends, and it may run on. */
  destroy(): void;
};

export type ExecOptions = { command: string[]; environment?: string[] };

const errorTextCharsMax = 1_000;

export const buildExecOptions = ({ command, environment = [] }: ExecOptions) => ({
  Cmd: command,
  Env: environment,
  User: sandboxUser,
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  Tty: false,
});

/** @throws what dockerode throws: the daemon is away, or the container is gone */
export async function openExec(container: Docker.Container, options: ExecOptions): Promise<Exec> {
  const exec = await container.exec(buildExecOptions(options));
  const stream: Duplex = await exec.start({ hijack: true, stdin: true });
  let onOutput: (chunk: Buffer) => void = () => undefined;
  let errorText = '';
  let hasPrinted = false;
  const demux = new DockerStreamReader((chunk, isError) => {
    // Docker itself says on the standard output why a command could not be started.
    const isErrorText = isError || (!hasPrinted && chunk.toString('latin1').startsWith('OCI runtime'));
    hasPrinted = true;
    if (isErrorText) errorText = (errorText + chunk.toString('utf8')).slice(-errorTextCharsMax);
    else onOutput(chunk);
  });
  stream.on('data', (chunk: Buffer) => demux.add(chunk));
  const ended = new Promise<string>((resolve) => {
    const onEnd = () => resolve(errorText.trim());
    stream.once('end', onEnd).once('close', onEnd).on('error', onEnd);
  });
  return {
    id: exec.id,
    write: (text) => void stream.write(text),
    onOutput: (listener) => {
      onOutput = listener;
    },
    ended,
    destroy: () => void stream.destroy(),
  };
}
