// One attached exec in a container: its input, its output, and what it printed as an error when it ended.
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { sandboxUser } from './container-settings.ts';
import { DockerStreamReader } from './packet-reader.ts';

export type Exec = {
  readonly id: string;
  write(text: string): void;
  /** Calls back with what it prints on its standard output. */
  onOutput(listener: (chunk: Buffer) => void): void;
  /** Resolves with the last of what it printed as an error. */
  readonly ended: Promise<string>;
  /** Lets go of it; its input ends, and it may run on. */
  destroy(): void;
};

export type ExecOptions = { command: string[]; environment?: string[] };

const lastWordsCharsMax = 1_000;

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
  let lastWords = '';
  let hasSpoken = false;
  const demux = new DockerStreamReader((chunk, isError) => {
    // Docker itself says on the standard output why a command could not be started.
    const isWords = isError || (!hasSpoken && chunk.toString('latin1').startsWith('OCI runtime'));
    hasSpoken = true;
    if (isWords) lastWords = (lastWords + chunk.toString('utf8')).slice(-lastWordsCharsMax);
    else onOutput(chunk);
  });
  stream.on('data', (chunk: Buffer) => demux.add(chunk));
  const ended = new Promise<string>((resolve) => {
    const onEnd = () => resolve(lastWords.trim());
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
