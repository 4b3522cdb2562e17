// Connects to a shell of this machine: commands go to its input, and each prints on a pipe of its own.
import type { ShellPipe } from '../shell/open-shell.ts';
import { outputDescriptor, quoteForBash } from '../shell/shell-lines.ts';
import type { OutputPipes } from './output-pipes.ts';

/** A bash that reads its commands. */
export type ShellInput = {
  write(text: string): void;
  destroy(): void;
  readonly ended: Promise<number | null>;
  kill(): void;
};

/** @param folder of the pipes, as the shell knows it */
export function openShellPipe(input: ShellInput, pipes: OutputPipes, folder: string): ShellPipe {
  let onOutput: (chunk: Buffer) => void = () => undefined;
  return {
    write: (text) => {
      pipes
        .openNext((chunk) => onOutput(chunk))
        .then(
          (name) => {
            if (name === undefined)
              input.kill(); // `ended` tells.
            else input.write(`\\exec ${outputDescriptor}>${quoteForBash(`${folder}/${name}`)}\n${text}`);
          },
          () => input.kill(),
        );
    },
    onOutput: (listener) => {
      onOutput = listener;
    },
    silence: () => pipes.silence(),
    ended: input.ended,
    destroy: () => {
      pipes.close();
      input.destroy();
    },
  };
}
