// One attached exec in a container: what goes in, what comes out, and what it said when it ended.
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { sandboxUser } from './container-settings.ts';
import { DockerStreamReader } from './packet-reader.ts';

export type Exec = {
  readonly id: string;
  write(text: string): void;
  /** Calls back with what it prints on its standard output. */
  onOutput(hear: (chunk: Buffer) => void): void;
  /** Resolves with the last of what it printed as an error. */
  readonly ended: Promise<string>;
  /** Lets go of it; it hears the end of its input, and runs on as it likes. */
  destroy(): void;
};

export type ExecOptions = { command: string[]; environment?: string[] };

const lastWordsCharsMax = 1_000;

export const execOptions = ({ command, environment = [] }: ExecOptions) => ({
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
  const exec = await container.exec(execOptions(options));
  const stream: Duplex = await exec.start({ hijack: true, stdin: true });
  let hear: (chunk: Buffer) => void = () => undefined;
  let lastWords = '';
  let hasSpoken = false;
  const demux = new DockerStreamReader((chunk, isError) => {
    // What could not be started at all is told by Docker, on the standard output.
    const isWords = isError || (!hasSpoken && chunk.toString('latin1').startsWith('OCI runtime'));
    hasSpoken = true;
    if (isWords) lastWords = (lastWords + chunk.toString('utf8')).slice(-lastWordsCharsMax);
    else hear(chunk);
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
      hear = listener;
    },
    ended,
    destroy: () => void stream.destroy(),
  };
}
