// A bash that stays open: commands go in one after the other, working directory and environment last between them.
import { randomBytes } from 'node:crypto';
import { limits } from '../../schema/limits.ts';
import { waitWithin } from '../scheduling/wait-within.ts';
import { CommandOutput } from './command-output.ts';
import { commandLineOf, endMarkerOf, openingLineOf } from './shell-lines.ts';

/** A shell tells exit code and folder at a command's end; Linux's paths are at most 4,096 bytes. */
const shellEndBytesMax = 8_192;

/** The input and output of a running bash, wherever it runs. */
export type ShellPipe = {
  /** Types a line; `mark` is the one that its command's processes will carry. */
  write(text: string, mark: string): void;
  /** Registers who gets what bash and its commands print. */
  onOutput(listener: (chunk: Buffer) => void): void;
  /** Drops what earlier commands still print; absent where one command's output can't be told from another's. */
  silence?(): void;
  /** Resolves with the exit code once bash has ended; null where it isn't known. */
  readonly ended: Promise<number | null>;
  /** Lets go of bash, whether or not it still runs. */
  destroy(): void;
};

/** The processes to end: those that carry the mark, unmarked ones that the shell started since `ageMs` ago, and bash. */
export type KillTarget = { mark: string; ageMs: number; shellPid: number };
/** @returns the folder that bash was in, where that can be told */
export type KillProcesses = (target: KillTarget) => Promise<string | undefined>;

export type ShellEnd =
  | { kind: 'exited'; exitCode: number }
  /** The command ended bash itself, by `exit` for instance; the next one needs a fresh shell. */
  | { kind: 'shellEnded'; exitCode: number | null }
  | { kind: 'timedOut' }
  | { kind: 'cancelled' };

export type ShellRun = { end: ShellEnd; output: CommandOutput };

export type ShellOptions = {
  timeoutMs: number;
  signal: AbortSignal;
  onOutput?: ((chunk: Buffer) => void) | undefined;
  /** Collects what is printed; without it the shell has a collector of its own. */
  output?: CommandOutput | undefined;
};

type RunningCommand = {
  endMarker: Buffer;
  /** The end of what was read, which may be the beginning of the marker. */
  carry: Buffer;
  output: CommandOutput;
  onOutput: ShellOptions['onOutput'];
  finish(end: ShellEnd): void;
};

export class OpenShell {
  readonly #pipe: ShellPipe;
  readonly #kill: KillProcesses;
  readonly #stateFile: string | undefined;
  #current: RunningCommand | undefined;
  #pid = 0;
  #isUsable = true;
  /** The folder that the shell is in; a fresh shell continues there. */
  workingFolder = '';

  private constructor(pipe: ShellPipe, kill: KillProcesses, stateFile: string | undefined) {
    this.#pipe = pipe;
    this.#kill = kill;
    this.#stateFile = stateFile;
    pipe.onOutput((chunk) => this.#readOutput(chunk));
    void pipe.ended.then((exitCode) => this.#finish(exitCode));
  }

  /**
   * Opens a shell.
   * @param workingFolder to begin in; without it the saved one, or the one that bash was started in
   * @param stateFile in which the shell saves its environment and folder after each command, and from which a fresh shell
   *   loads them
   * @returns undefined when bash doesn't answer in time
   */
  static async open(
    pipe: ShellPipe,
    kill: KillProcesses,
    workingFolder?: string,
    stateFile?: string,
  ): Promise<OpenShell | undefined> {
    const shell = new OpenShell(pipe, kill, stateFile);
    const signal = AbortSignal.timeout(limits.shellOpenTimeoutMs);
    const options = { timeoutMs: limits.shellOpenTimeoutMs, signal };
    const { end, output } = await shell.#run('echo $$', openingLineOf(workingFolder, stateFile), options);
    shell.#pid = Number(output.toText().trim());
    if (end.kind === 'exited' && shell.#pid > 0) return shell;
    shell.close();
    return undefined;
  }

  /** False once bash has ended or was given up. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Runs one command at a time; the caller waits for one before it asks for the next. */
  run(command: string, options: ShellOptions): Promise<ShellRun> {
    return this.#run(command, '', options);
  }

  close(): void {
    this.#isUsable = false;
    this.#pipe.destroy();
  }

  async #run(command: string, opening: string, options: ShellOptions): Promise<ShellRun> {
    if (this.#current) throw new Error('The shell runs a command already.');
    const marker = randomBytes(16).toString('hex');
    const mark = randomBytes(8).toString('hex');
    const { timeoutMs, signal, onOutput, output = new CommandOutput() } = options;
    const startedAtMs = performance.now();
    const { promise: finished, resolve: finish } = Promise.withResolvers<ShellEnd>();
    this.#current = { endMarker: endMarkerOf(marker), carry: noBytes, output, onOutput, finish };
    this.#pipe.write(opening + commandLineOf(command, { marker, mark, stateFile: this.#stateFile }), mark);
    const end = endOf(await waitWithin(finished, timeoutMs, signal));
    // Without bash's exit code the connection broke, and the command may run on.
    const mayRunOn = end.kind === 'shellEnded' ? end.exitCode === null : end.kind !== 'exited';
    if (mayRunOn) await this.#killCommand(finished, mark, startedAtMs);
    this.#current = undefined;
    this.#pipe.silence?.();
    if (end.kind === 'exited' && hasBrokenTheParser(end.exitCode, output)) this.close();
    return { end, output };
  }

  /**
   * Ends the command with all that it started, and bash too, which would go on with the rest of the line. Then reads what
   * was printed until the end.
   */
  async #killCommand(finished: Promise<ShellEnd>, mark: string, startedAtMs: number): Promise<void> {
    this.#isUsable = false;
    const ageMs = Math.ceil(performance.now() - startedAtMs);
    const killed = this.#kill({ mark, ageMs, shellPid: this.#pid });
    const folder = await waitWithin(killed, limits.killPatienceMs);
    if (folder !== 'late') this.workingFolder = folder || this.workingFolder;
    await waitWithin(finished, limits.killPatienceMs);
    this.#pipe.destroy();
  }

  #readOutput(chunk: Buffer): void {
    const current = this.#current;
    if (!current) return; // A background process of an earlier command printed it.
    const text = current.carry.length > 0 ? Buffer.concat([current.carry, chunk]) : chunk;
    const at = text.indexOf(current.endMarker);
    if (at >= 0) return this.#readEnd(current, text, at);
    const from = text.length - countMarkerStart(text, current.endMarker);
    current.carry = from < text.length ? Buffer.from(text.subarray(from)) : noBytes;
    passOutput(current, text.subarray(0, from));
  }

  #readEnd(current: RunningCommand, text: Buffer, at: number): void {
    passOutput(current, text.subarray(0, at));
    const from = at + current.endMarker.length;
    const until = text.indexOf(0, from);
    if (until < 0 && text.length - at < shellEndBytesMax) {
      current.carry = Buffer.from(text.subarray(at));
      return;
    }
    const [exitCode = '', ...folder] = text.toString('utf8', from, until < 0 ? text.length : until).split(' ');
    current.carry = noBytes;
    if (until >= 0) this.workingFolder = folder.join(' ') || this.workingFolder;
    current.finish({ kind: 'exited', exitCode: Number.parseInt(exitCode, 10) || 0 });
    this.#current = undefined;
  }

  #finish(exitCode: number | null): void {
    this.#isUsable = false;
    const current = this.#current;
    if (!current) return;
    passOutput(current, current.carry);
    current.finish({ kind: 'shellEnded', exitCode });
  }
}

const noBytes = Buffer.alloc(0);

const endOf = (end: ShellEnd | 'late' | 'cancelled'): ShellEnd => {
  if (end === 'late') return { kind: 'timedOut' };
  return end === 'cancelled' ? { kind: 'cancelled' } : end;
};

function passOutput({ output, onOutput }: RunningCommand, chunk: Buffer): void {
  if (chunk.length === 0) return;
  output.add(chunk);
  onOutput?.(chunk);
}

/** An open bracket corrupts the memory of bash 5.2: it aborts one of the next commands, so they get a fresh one. */
const hasBrokenTheParser = (exitCode: number, output: CommandOutput): boolean =>
  (exitCode === 1 || exitCode === 2) && output.toText().includes('unexpected EOF while looking for matching');

/** Counts bytes at the end that could be the beginning of the marker. */
function countMarkerStart(text: Buffer, marker: Buffer): number {
  const from = text.lastIndexOf(marker[0] ?? 0);
  const length = text.length - from;
  return from >= 0 && length < marker.length && text.subarray(from).equals(marker.subarray(0, length)) ? length : 0;
}
