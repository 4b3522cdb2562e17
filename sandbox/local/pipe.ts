// The line to a shell of this machine: typed to by its input, heard by a pipe of its own for each command.
import type { ChildProcess } from 'node:child_process';
import { outputDescriptor, type Pipe, quoted } from '../shell.ts';
import type { Lanes } from './lanes.ts';

/** @param folder where the shell finds the lanes */
export function pipeOf(child: ChildProcess, lanes: Lanes, folder: string): Pipe {
  const ended = new Promise<number | null>((resolve) => {
    const heard = (exitCode: number | null) => void lanes.heard().then(() => resolve(exitCode));
    child.once('error', () => heard(null)).once('exit', (code, signal) => heard(signal ? 137 : code));
  });
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => undefined); // `ended` says so.
  for (const stream of [child.stdout, child.stderr]) stream?.resume(); // Of bash itself, and of what confines it.
  let hear: (chunk: Buffer) => void = () => undefined;
  const destroy = () => {
    lanes.close();
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  return {
    write: (text) => {
      lanes
        .next((chunk) => hear(chunk))
        .then(
          (name) => {
            if (name === undefined)
              child.kill('SIGKILL'); // Whoever waits hears of bash's end.
            else child.stdin?.write(`\\exec ${outputDescriptor}>${quoted(`${folder}/${name}`)}\n${text}`);
          },
          () => void child.kill('SIGKILL'),
        );
    },
    onOutput: (listener) => {
      hear = listener;
    },
    hush: () => lanes.hush(),
    ended,
    destroy,
  };
}
