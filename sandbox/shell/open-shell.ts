// A bash that stays open: commands go in one after the other, working directory and environment last between them.
import { randomBytes } from 'node:crypto';
import { limits } from '../../schema/limits.ts';
import { CommandOutput } from './command-output.ts';

/** What a shell says at a command's end: its exit code and folder. Linux's paths are at most 4,096 bytes. */
const shellEndBytesMax = 8_192;

/** A running bash, wherever it runs. */
export type ShellPipe = {
  /** Types a command's line; the mark is what its processes will carry. */
  write(text: string, mark: string): void;
  /** Calls back with what bash and its commands print. */
  onOutput(hear: (chunk: Buffer) => void): void;
  /** Nothing more is wanted of what was started so far; absent where one command's output can't be told from another's. */
  silence?(): void;
  /** Resolves with the exit code once bash is gone; null when nobody knows it. */
  readonly ended: Promise<number | null>;
  /** Lets go of it, whether or not it still runs. */
  destroy(): void;
};

/** Which processes to end: those that carry the mark, what it started unmarked since then, and bash itself. */
export type KillTarget = { mark: string; ageMs: number; shellPid: number };
/** Ends them. @returns the folder that bash was in, where that can be told */
export type KillProcesses = (victims: KillTarget) => Promise<string | undefined> | Promise<void>;

export type ShellEnd =
  | { kind: 'exited'; exitCode: number }
  /** The command ended bash itself, by `exit` or worse; the next one needs a fresh shell. */
  | { kind: 'shellEnded'; exitCode: number | null }
  | { kind: 'timedOut' }
  | { kind: 'cancelled' };

export type ShellRun = { end: ShellEnd; output: CommandOutput };

export type ShellOptions = { timeoutMs: number; signal: AbortSignal; onOutput?: ((chunk: Buffer) => void) | undefined };

type RunningCommand = {
  marker: Buffer;
  carry: Buffer;
  run: ShellRun;
  hear: ShellOptions['onOutput'];
  end(end: ShellEnd): void;
};

/** The variable that marks every process of a command, so that it can be found again. */
export const markVariable = 'LUCID_COMMAND';

/** Where bash's line to us is: high, so that a command's own descriptors don't meet it. A pipe may have opened it. */
export const outputDescriptor = 97;

export class OpenShell {
  readonly #pipe: ShellPipe;
  readonly #kill: KillProcesses;
  readonly #stateFile: string | undefined;
  #current: RunningCommand | undefined;
  #pid = 0;
  #isUsable = true;
  /** Where the shell is; a fresh one continues here. */
  workingFolder = '';

  private constructor(pipe: ShellPipe, kill: KillProcesses, memory: string | undefined) {
    this.#pipe = pipe;
    this.#kill = kill;
    this.#stateFile = memory;
    pipe.onOutput((chunk) => this.#readOutput(chunk));
    void pipe.ended.then((exitCode) => this.#finish(exitCode));
  }

  /**
   * Opens a shell.
   * @param workingFolder where; without it, where the memory says or bash was started
   * @param memory a file, where bash runs, in which the shell leaves its environment and folder after each command; a
   *   fresh one takes them up
   * @returns undefined when bash doesn't answer in time
   */
  static async open(
    pipe: ShellPipe,
    kill: KillProcesses,
    workingFolder?: string,
    memory?: string,
  ): Promise<OpenShell | undefined> {
    const shell = new OpenShell(pipe, kill, memory);
    const signal = AbortSignal.timeout(limits.shellOpenTimeoutMs);
    const options = { timeoutMs: limits.shellOpenTimeoutMs, signal };
    const { end, output } = await shell.#run('echo $$', openingOf(workingFolder, memory), options);
    shell.#pid = Number(output.toText().trim());
    if (end.kind === 'exited' && shell.#pid > 0) return shell;
    shell.close();
    return undefined;
  }

  /** False once bash has ended or had to be left behind. */
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

  async #run(command: string, opening: string, { timeoutMs, signal, onOutput }: ShellOptions): Promise<ShellRun> {
    if (this.#current) throw new Error('The shell runs a command already.');
    const marker = randomBytes(16).toString('hex');
    const mark = randomBytes(8).toString('hex');
    const output = new CommandOutput();
    const startedAtMs = performance.now();
    const { promise: finished, resolve } = Promise.withResolvers<ShellEnd>();
    const run: ShellRun = { end: { kind: 'shellEnded', exitCode: null }, output };
    this.#current = { marker: Buffer.from(`\x1e${marker} `), carry: nothing, run, hear: onOutput, end: resolve };
    this.#pipe.write(opening + commandLineOf(command, { marker, mark, memory: this.#stateFile }), mark);
    const cut = watchForCut(timeoutMs, signal);
    const first = await Promise.race([finished, cut.happens]);
    cut.clear();
    // Where nobody knows how bash ended, the line to it broke: the command may run on.
    const mayRunOn = first.kind === 'shellEnded' ? first.exitCode === null : first.kind !== 'exited';
    if (mayRunOn) await this.#killCommand(finished, mark, startedAtMs);
    this.#current = undefined;
    this.#pipe.silence?.();
    if (first.kind === 'exited' && hasBrokenTheParser(first.exitCode, output)) this.close();
    return { end: first, output };
  }

  /**
   * Ends the command with all that it started, and bash with it: otherwise bash would go on with the rest of the line.
   * Then hears what was printed until the end.
   */
  async #killCommand(finished: Promise<ShellEnd>, mark: string, startedAtMs: number): Promise<void> {
    this.#isUsable = false;
    const ageMs = Math.ceil(performance.now() - startedAtMs);
    const folder = await Promise.race([this.#kill({ mark, ageMs, shellPid: this.#pid }), waitForKill()]);
    this.workingFolder = folder || this.workingFolder;
    await Promise.race([finished, waitForKill()]);
    this.#pipe.destroy();
  }

  #readOutput(chunk: Buffer): void {
    const current = this.#current;
    if (!current) return; // What a background process of an earlier command prints.
    const text = current.carry.length > 0 ? Buffer.concat([current.carry, chunk]) : chunk;
    const at = text.indexOf(current.marker);
    if (at >= 0) return this.#readEnd(current, text, at);
    const from = text.length - countMarkerStart(text, current.marker);
    current.carry = from < text.length ? Buffer.from(text.subarray(from)) : nothing;
    this.#passOutput(current, text.subarray(0, from));
  }

  #readEnd(current: RunningCommand, text: Buffer, at: number): void {
    this.#passOutput(current, text.subarray(0, at));
    const from = at + current.marker.length;
    const until = text.indexOf(0, from);
    if (until < 0 && text.length - at < shellEndBytesMax) {
      current.carry = Buffer.from(text.subarray(at));
      return;
    }
    const [exitCode = '', ...folder] = text.toString('utf8', from, until < 0 ? text.length : until).split(' ');
    current.carry = nothing;
    if (until >= 0) this.workingFolder = folder.join(' ') || this.workingFolder;
    current.end({ kind: 'exited', exitCode: Number.parseInt(exitCode, 10) || 0 });
    this.#current = undefined;
  }

  #passOutput(current: RunningCommand, chunk: Buffer): void {
    if (chunk.length === 0) return;
    current.run.output.add(chunk);
    current.hear?.(chunk);
  }

  #finish(exitCode: number | null): void {
    this.#isUsable = false;
    const current = this.#current;
    if (!current) return;
    this.#passOutput(current, current.carry);
    current.end({ kind: 'shellEnded', exitCode });
  }
}

const nothing = Buffer.alloc(0);
const out = outputDescriptor;
const endVariable = 'LUCID_END';

/** Bash's own words, of tracing for instance, go nowhere; those of commands go to `out`. */
const openingOf = (workingFolder: string | undefined, memory: string | undefined): string =>
  `{ : >&${out}; } 2>/dev/null || exec ${out}>&1; exec >/dev/null 2>&1\nshopt -s expand_aliases` +
  `${memory === undefined ? '' : `; ${keepProxyVariables}; ${loadStateFrom(memory)}; eval "$${endVariable}"`}` +
  `${workingFolder === undefined ? '' : `; cd -- ${quoteForBash(workingFolder)}`}\n`;

/**
 * What bash was started with about proxies holds, rather than what is remembered of them: those of an earlier start may be
 * gone, or have another password by now. Kept as commands in a variable, since what confines bash may keep it from
 * reading its own `/proc/…/environ`.
 */
const keepProxyVariables =
  `${endVariable}=; for LUCID_NAME in $(compgen -e); do case $LUCID_NAME in *[Pp][Rr][Oo][Xx][Yy]*|GIT_SSH_COMMAND) ` +
  `printf -v LUCID_LINE 'export %s=%q;' "$LUCID_NAME" "\${!LUCID_NAME}"; ${endVariable}+=$LUCID_LINE;; esac; done`;

/**
 * `eval` runs in the open bash itself, so `cd` and `export` last. It gets no input, and not the descriptor that the
 * marker is printed on; what it does to its own output is undone when it ends. The marker is random, so that a command
 * can't print it by accident or from an earlier one. A backslash keeps aliases of the same name away.
 * What is remembered is written before the end is told, so that nobody cuts it short.
 */
const commandLineOf = (
  command: string,
  { marker, mark, memory }: { marker: string; mark: string; memory: string | undefined },
) =>
  `\\export ${markVariable}=${mark}; \\eval ${quoteForBash(`${command}\n`)} </dev/null >&${out} 2>&${out} ${out}>&-; ` +
  `\\builtin printf -v ${endVariable} '\\036%s %s %s' ${marker} "$?" "\${PWD-}"; ` +
  `${memory === undefined ? '' : copiesOf(memory).map(saveStateTo).join('')}` +
  `\\builtin printf '%s\\0' "$${endVariable}" >&${out}\n`;

/** Two, because bash may be killed while it writes one of them; the last line of a whole one says so. */
const copiesOf = (memory: string): string[] => [quoteForBash(memory), quoteForBash(`${memory}.2`)];
const wholeMark = '# whole';

const saveStateTo = (copy: string): string =>
  `{ \\builtin declare -px; \\builtin printf 'cd -- %q\\n${wholeMark}' "\${PWD-}"; } >|${copy} || \\builtin :; `;

const loadStateFrom = (memory: string): string =>
  `for LUCID_NAME in ${copiesOf(memory).join(' ')}; do ` +
  `[[ $(<"$LUCID_NAME") == *'${wholeMark}' ]] && { . "$LUCID_NAME"; break; }; done`;

/** An open bracket corrupts the memory of bash 5.2: it aborts one of the next commands, so they get a fresh one. */
const hasBrokenTheParser = (exitCode: number, output: CommandOutput): boolean =>
  (exitCode === 1 || exitCode === 2) && output.toText().includes('unexpected EOF while looking for matching');

/** In single quotes, which bash takes as they are; NUL can't be in a command line. */
export const quoteForBash = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;

/** How many bytes at the end could be the beginning of a marker that is still to come. */
function countMarkerStart(text: Buffer, marker: Buffer): number {
  const from = text.lastIndexOf(marker[0] ?? 0);
  const length = text.length - from;
  return from >= 0 && length < marker.length && text.subarray(from).equals(marker.subarray(0, length)) ? length : 0;
}

function watchForCut(timeoutMs: number, signal: AbortSignal) {
  let clear: () => void = () => undefined;
  const happens = new Promise<{ kind: 'timedOut' | 'cancelled' }>((resolve) => {
    const timer = setTimeout(() => resolve({ kind: 'timedOut' }), Math.min(timeoutMs, limits.timerMsMax));
    const onAbort = () => resolve({ kind: 'cancelled' });
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    clear = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  return { happens, clear };
}

const waitForKill = () =>
  new Promise<undefined>((resolve) => setTimeout(resolve, limits.killPatienceMs, undefined).unref());
