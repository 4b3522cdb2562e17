// Connects to a shell of this machine: commands go to its input, and each prints on a pipe of its own.
import type { ChildProcess } from 'node:child_process';
import type { ShellPipe } from '../shell/open-shell.ts';
import { outputDescriptor, quoteForBash } from '../shell/shell-lines.ts';
import type { OutputPipes } from './output-pipes.ts';

/** @param folder of the pipes, as the shell knows it */
export function openShellPipe(child: ChildProcess, pipes: OutputPipes, folder: string): ShellPipe {
  const ended = new Promise<number | null>((resolve) => {
    const finish = (exitCode: number | null) => void pipes.waitForRest().then(() => resolve(exitCode));
    child.once('error', () => finish(null)).once('exit', (code, signal) => finish(signal ? 137 : code));
  });
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => undefined); // `ended` tells.
  for (const stream of [child.stdout, child.stderr]) stream?.resume(); // What bash itself and its confinement print is dropped.
  let onOutput: (chunk: Buffer) => void = () => undefined;
  const destroy = () => {
    pipes.close();
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  return {
    write: (text) => {
      pipes
        .openNext((chunk) => onOutput(chunk))
        .then(
          (name) => {
            if (name === undefined)
              child.kill('SIGKILL'); // `ended` tells.
            else child.stdin?.write(`\\exec ${outputDescriptor}>${quoteForBash(`${folder}/${name}`)}\n${text}`);
          },
          () => void child.kill('SIGKILL'),
        );
    },
    onOutput: (listener) => {
      onOutput = listener;
    },
    silence: () => pipes.silence(),
    ended,
    destroy,
  };
}
