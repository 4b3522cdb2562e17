// One attached exec in a container, as a pipe: what goes in, what comes out, and when it ended.
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { Pipe } from '../shell.ts';

export type ExecOptions = { command: string[]; environment?: string[] };

const user = '1000:1000';
const headerBytes = 8;

/** @throws what dockerode throws: the daemon is away, or the container is gone */
export async function openExec(container: Docker.Container, { command, environment = [] }: ExecOptions): Promise<Pipe> {
  const exec = await container.exec({
    Cmd: command,
    Env: environment,
    User: user,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  });
  const stream: Duplex = await exec.start({ hijack: true, stdin: true });
  let hear: (chunk: Buffer) => void = () => undefined;
  const demux = new Demux((chunk) => hear(chunk));
  stream.on('data', (chunk: Buffer) => demux.add(chunk));
  const ended = new Promise<number | null>((resolve) => {
    const onEnd = () =>
      exec.inspect().then(
        ({ ExitCode }) => resolve(ExitCode),
        () => resolve(null),
      );
    stream.once('end', onEnd).once('close', onEnd).on('error', onEnd);
  });
  return {
    write: (text) => void stream.write(text),
    onOutput: (listener) => {
      hear = listener;
    },
    ended,
    destroy: () => void stream.destroy(),
  };
}

/** Takes the payload out of Docker's multiplexed stream: stream type, three zero bytes, length, payload. */
export class Demux {
  readonly #hear: (payload: Buffer) => void;
  #header = Buffer.alloc(0);
  #payloadLeft = 0;

  constructor(hear: (payload: Buffer) => void) {
    this.#hear = hear;
  }

  add(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#payloadLeft > 0) {
        const payload = rest.subarray(0, this.#payloadLeft);
        this.#payloadLeft -= payload.length;
        rest = rest.subarray(payload.length);
        this.#hear(payload);
      } else {
        const missing = headerBytes - this.#header.length;
        this.#header = Buffer.concat([this.#header, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (this.#header.length === headerBytes) {
          this.#payloadLeft = this.#header.readUInt32BE(4);
          this.#header = Buffer.alloc(0);
        }
      }
    }
  }
}
