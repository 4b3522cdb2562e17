// A program in a real terminal, which `script` of util-linux opens: what is seen there, and keys that are pressed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentOf, launcher } from './run-command.ts';

const columns = 80;
const rows = 24;
const seeMsMax = 30_000;
const endMsMax = 60_000;

export const keys = { enter: '\r', interrupt: '\x03', end: '\x04' };

export class Terminal {
  readonly #child;
  readonly #ended: Promise<number>;
  #seen = '';
  #readThrough = 0;
  readonly #waiting = new Set<() => void>();

  /** @param program after `node` */
  constructor(program: readonly string[], env: Record<string, string>) {
    const quoted = [process.execPath, ...program].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const command = `stty cols ${columns} rows ${rows}; exec ${quoted}`;
    this.#child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      env: { ...environmentOf(env), TERM: 'xterm-256color', SHELL: '/bin/sh' },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.#seen += chunk;
      for (const look of [...this.#waiting]) look();
    });
    this.#ended = once(this.#child, 'close').then(([code]) => code as number);
  }

  static lucid(args: readonly string[], env: Record<string, string>): Terminal {
    return new Terminal([launcher, ...args], env);
  }

  /** All bytes so far. */
  get raw(): string {
    return this.#seen;
  }

  press(pressed: string): void {
    this.#child.stdin.write(pressed);
  }

  type(line: string): void {
    this.press(line + keys.enter);
  }

  /** Resolves once this is seen, behind what was waited for before. */
  async see(pattern: RegExp): Promise<void> {
    const find = () => {
      const found = pattern.exec(this.#seen.slice(this.#readThrough));
      if (found) this.#readThrough += found.index + found[0].length;
      return found !== null;
    };
    if (find()) return;
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = () => {
        if (!find()) return;
        stop();
        resolve();
      };
      const timer = setTimeout(() => {
        stop();
        reject(this.#describe(`${pattern} was not seen`));
      }, seeMsMax);
      this.#waiting.add(look);
    });
  }

  /** Resolves with the exit code. */
  get ended(): Promise<number> {
    return this.#waitForEnd();
  }

  async #waitForEnd(): Promise<number> {
    const limit = new AbortController();
    const giveUp = async (): Promise<never> => {
      await delay(endMsMax, undefined, { signal: limit.signal });
      throw this.#describe('It has not ended');
    };
    try {
      return await Promise.race([this.#ended, giveUp()]);
    } finally {
      limit.abort();
    }
  }

  #describe(problem: string): Error {
    return new Error(`${problem}: ${JSON.stringify(this.#seen.slice(-2_000))}`);
  }

  /** Ends it, where it hasn't ended by itself. */
  close(): void {
    this.#child.kill();
  }
}
