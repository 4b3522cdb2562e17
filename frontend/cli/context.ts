// What a command runs in: its streams, the environment and the clock, handed in so that nothing reaches for them.
import type { ReadStream, WriteStream } from 'node:tty';
import { type Colors, makeColors, wantsColor } from './show/colors.ts';
import { escapeText } from './show/escape-text.ts';

export type Context = {
  stdin: ReadStream;
  stdout: WriteStream;
  stderr: WriteStream;
  env: Readonly<Record<string, string | undefined>>;
  now(): number;
  /** Of stdout. */
  colors: Colors;
  /** Prints lines for people or scripts. */
  print(lines: readonly string[]): void;
  /** Tells people what is no part of the output. */
  note(sentence: string): void;
};

export function makeContext(): Context {
  const { stdin, stdout, stderr, env } = process;
  const noteColors = makeColors(wantsColor(env, stderr.isTTY));
  return {
    stdin,
    stdout,
    stderr,
    env,
    now: Date.now,
    colors: makeColors(wantsColor(env, stdout.isTTY)),
    print: (lines) => {
      if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
    },
    note: (sentence) => void stderr.write(`${noteColors.faint(escapeText(sentence))}\n`),
  };
}

/** All of stdin, up to a limit, as one text. @throws Error where it is longer */
export async function readAll(stdin: ReadStream, charsMax: number): Promise<string> {
  let text = '';
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > charsMax) throw new Error(`More than ${charsMax} characters came from stdin.`);
  }
  return text;
}
