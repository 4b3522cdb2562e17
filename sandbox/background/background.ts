// The interface of a sandbox's commands that run on beside its shell.
import type { Outcome } from '../../schema/error.ts';

/**
 * A command that has ended; without an exit code what supervised it was ended from outside, as with its machine. `command` is
 * what the sandbox says of it, no more to be trusted than what it prints.
 */
export type EndedCommand = { id: string; command: string; exitCode?: number };

export type BackgroundReading = {
  command: string;
  /** What it has printed since it was read before. */
  output: string;
  /** Undefined while it runs. */
  end?: { exitCode?: number };
};

export type BackgroundReadOptions = {
  signal: AbortSignal;
  waitMs: number;
  input?: string | undefined;
  kill?: boolean | undefined;
};

export interface Background {
  /** Whether any of them may be running. */
  readonly isActive: boolean;
  /** Starts a command in the shell's folder, with its variables. @returns its id */
  start(command: string, isTerminal: boolean, signal: AbortSignal): Promise<Outcome<string>>;
  /** Types and kills first, then waits for the command's end or, where something was typed, for its answer. */
  read(id: string, options: BackgroundReadOptions): Promise<Outcome<BackgroundReading>>;
  /**
   * Has somebody told of each command that ends and whose end nobody has read.
   * @param onEnd resolves when it is stored
   * @param mayRun whether some of an earlier activation may be there
   */
  listen(onEnd: (ended: EndedCommand) => Promise<void>, mayRun: boolean): void;
}
