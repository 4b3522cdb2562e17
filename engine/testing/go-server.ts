// A server that Go built, as a process beside tests: started, killed, and started again on the same port.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type GoProgram, pathOf } from './go-program.ts';

/** How long a server may take to answer: milliseconds, on a busy machine many more. */
const startTimeoutMs = 60_000;

export type GoServerOptions = {
  program: GoProgram;
  parameters: readonly string[];
  /** In place of this process's own variables. */
  environment?: Record<string, string>;
  answers(): Promise<boolean>;
};

export class GoServer {
  readonly #options: GoServerOptions;
  #child: ChildProcess | undefined;

  constructor(options: GoServerOptions) {
    this.#options = options;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const { program, parameters, environment, answers } = this.#options;
    const child = spawn(pathOf(program), parameters, { stdio: 'ignore', ...(environment && { env: environment }) });
    this.#child = child;
    const killAtExit = () => child.kill('SIGKILL');
    process.once('exit', killAtExit);
    child.once('exit', () => process.off('exit', killAtExit));
    for (const deadline = performance.now() + startTimeoutMs; !(await answers()); await delay(20)) {
      if (child.exitCode !== null) throw new Error(`${program.name} ended with ${child.exitCode}.`);
      if (performance.now() > deadline) throw new Error(`${program.name} does not answer.`);
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || !this.isRunning) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
