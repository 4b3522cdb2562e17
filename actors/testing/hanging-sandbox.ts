// A sandbox for tests of what is cut short: its commands end when they are cancelled, and not before.
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { type Outcome, succeeded } from '../../schema/error.ts';

/** A sandbox whose commands run until they are cancelled. */
export class HangingSandbox extends MemorySandbox {
  /** How many commands have begun. */
  running = 0;
  isClosed = false;
  /** What was done to it, or to a command in it, in order. */
  readonly did: string[] = [];
  readonly #output: string;

  /** @param output what a command has printed when it is cancelled */
  constructor(output = '') {
    super();
    this.#output = output;
  }

  get isRunning(): boolean {
    return this.running > 0;
  }

  override run(_: string, { signal }: RunOptions): Promise<Outcome<RunResult>> {
    this.running++;
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => {
        this.did.push('cancelled');
        resolve(succeeded({ kind: 'cancelled', output: this.#output }));
      }),
    );
  }

  override async abandon(): Promise<void> {
    this.did.push('abandoned');
  }

  override async release(): Promise<void> {
    this.did.push('released');
  }

  override async close(): Promise<void> {
    this.isClosed = true;
  }
}
