// The line to a shell of this machine: typed to by its input, heard by a pipe of its own for each command.
import type { ChildProcess } from 'node:child_process';
import { outputDescriptor, quoteForBash, type ShellPipe } from '../shell/open-shell.ts';
import type { OutputPipes } from './output-pipes.ts';

/** @param folder where the shell finds the lanes */
export function openShellPipe(child: ChildProcess, lanes: OutputPipes, folder: string): ShellPipe {
  const ended = new Promise<number | null>((resolve) => {
    const heard = (exitCode: number | null) => void lanes.waitForRest().then(() => resolve(exitCode));
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
        .openNext((chunk) => hear(chunk))
        .then(
          (name) => {
            if (name === undefined)
              child.kill('SIGKILL'); // Whoever waits hears of bash's end.
            else child.stdin?.write(`\\exec ${outputDescriptor}>${quoteForBash(`${folder}/${name}`)}\n${text}`);
          },
          () => void child.kill('SIGKILL'),
        );
    },
    onOutput: (listener) => {
      hear = listener;
    },
    silence: () => lanes.silence(),
    ended,
    destroy,
  };
}
