// One program started in a Pod through the API server: its input, its output, and the last of its error output.
import { PassThrough, Writable } from 'node:stream';
import type { V1Status } from '@kubernetes/client-node';
import { v7 as uuid } from 'uuid';
import type { Exec, ExecOptions } from '../docker/exec.ts';
import { waitWithin } from '../scheduling/wait-within.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { containerName } from './pod-settings.ts';

/** How long the API server and the node may take until the program runs. */
const podExecTimeoutMs = 10_000;
/** Balancers in front of API servers close what is silent, the shortest of them after a minute. */
const pingIntervalMs = 15_000;
const errorTextCharsMax = 1_000;

/** The socket's methods that browsers' sockets lack. */
type Socket = {
  readyState: number;
  ping(): void;
  terminate(): void;
  on(event: 'pong' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
};

/** Kubernetes has no environment for such a program, so it is started by `env`. */
const commandOf = ({ command, environment = [] }: ExecOptions): string[] => ['env', ...environment, ...command];

/** @throws where the API server or the node doesn't let it start */
export async function openPodExec(client: KubernetesClient, podName: string, options: ExecOptions): Promise<Exec> {
  let onOutput: (chunk: Buffer) => void = () => undefined;
  let errorText = '';
  const noteError = (text: string) => {
    errorText = (errorText + text).slice(-errorTextCharsMax);
  };
  const stdin = new PassThrough();
  const stdout = makeSink((chunk) => onOutput(chunk));
  const stderr = makeSink((chunk) => noteError(chunk.toString('utf8')));
  const noteStatus = ({ status, message = '' }: V1Status) => {
    if (status === 'Failure') noteError(message);
  };
  const { WebSocketHandler } = await import('@kubernetes/client-node/dist/web-socket-handler.js');
  // Its own default for a stream that is closed is this process's standard output.
  const handler = new WebSocketHandler(client.config, undefined, { stdin, stdout, stderr });
  const opening = new client.library.Exec(client.config, handler).exec(
    client.namespace,
    podName,
    containerName,
    commandOf(options),
    stdout,
    stderr,
    stdin,
    false,
    noteStatus,
  ) as Promise<unknown> as Promise<Socket>;
  const socket = await waitForSocket(opening);
  const stopPinging = keepAlive(socket);
  const ended = new Promise<string>((resolve) => {
    socket.on('error', (error) => noteError(error instanceof Error ? error.message : ''));
    socket.on('close', () => {
      stopPinging();
      resolve(errorText.trim());
    });
  });
  return {
    id: uuid(),
    write: (text) => void stdin.write(text),
    onOutput: (listener) => {
      onOutput = listener;
    },
    ended,
    destroy: () => {
      stopPinging();
      socket.terminate();
    },
  };
}

const makeSink = (take: (chunk: Buffer) => void): Writable =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      take(chunk);
      done();
    },
  });

/** One that opens after all that is closed: its program ends with its input. @throws */
async function waitForSocket(opening: Promise<Socket>): Promise<Socket> {
  const socket = await waitWithin(opening, podExecTimeoutMs);
  if (typeof socket !== 'string') return socket;
  opening.then((late) => late.terminate()).catch(() => undefined); // It has failed by itself.
  throw new Error(`The API server did not start a program within ${podExecTimeoutMs} ms.`);
}

/** Closes a connection whose other end is gone, which TCP itself notices after many minutes. @returns what ends this */
function keepAlive(socket: Socket): () => void {
  let isAnswered = true;
  socket.on('pong', () => {
    isAnswered = true;
  });
  const timer = setInterval(() => {
    if (!isAnswered) return socket.terminate();
    isAnswered = false;
    socket.ping();
  }, pingIntervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
