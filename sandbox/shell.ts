// A bash that stays open: commands go in one after the other, working directory and environment last between them.
import { randomBytes } from 'node:crypto';
import { limits } from '../schema/limits.ts';
import { KeptOutput } from './output.ts';

/** A running bash, wherever it runs. */
export type Pipe = {
  write(text: string): void;
  /** Calls back with what bash and its commands print. */
  onOutput(hear: (chunk: Buffer) => void): void;
  /** Resolves with the exit code once bash is gone; null when nobody knows it. */
  readonly ended: Promise<number | null>;
  /** Lets go of it, whether or not it still runs. */
  destroy(): void;
};

/** Which processes to end: those that carry the mark, what it started unmarked since then, and bash itself if asked. */
export type Victims = { mark: string; ageMs: number; shellPid: number };
export type Killer = (victims: Victims) => Promise<void>;

export type ShellEnd =
  | { kind: 'exited'; exitCode: number }
  /** The command ended bash itself, by `exit` or worse; the next one needs a fresh shell. */
  | { kind: 'shellEnded'; exitCode: number | null }
  | { kind: 'timedOut' }
  | { kind: 'cancelled' };

export type ShellRun = { end: ShellEnd; output: KeptOutput };

export type ShellOptions = { timeoutMs: number; signal: AbortSignal; onOutput?: (chunk: Buffer) => void };

type Current = {
  marker: Buffer;
  carry: Buffer;
  output: KeptOutput;
  hear: ShellOptions['onOutput'];
  resolve(end: ShellEnd): void;
};

/** The variable that marks every process of a command, so that it can be found again. */
export const markVariable = 'LUCID_COMMAND';

export class OpenShell {
  readonly #pipe: Pipe;
  readonly #kill: Killer;
  #current: Current | undefined;
  #pid = 0;
  #isUsable = true;
  /** Where the shell is; a fresh one continues here. */
  workingFolder: string;

  private constructor(pipe: Pipe, kill: Killer, workingFolder: string) {
    this.#pipe = pipe;
    this.#kill = kill;
    this.workingFolder = workingFolder;
    pipe.onOutput((chunk) => this.#heard(chunk));
    void pipe.ended.then((exitCode) => this.#ended(exitCode));
  }

  /** Opens a shell in a folder. @returns undefined when bash doesn't answer in time */
  static async open(pipe: Pipe, kill: Killer, workingFolder: string): Promise<OpenShell | undefined> {
    const shell = new OpenShell(pipe, kill, workingFolder);
    pipe.write(`exec 8>&1\nbind 2>/dev/null\nset +m\ncd ${quoted(workingFolder)} 2>/dev/null\n`);
    const signal = AbortSignal.timeout(limits.shellOpenTimeoutMs);
    const { end, output } = await shell.run('echo $$', { timeoutMs: limits.shellOpenTimeoutMs, signal });
    shell.#pid = Number(output.text().trim());
    if (end.kind === 'exited' && shell.#pid > 0) return shell;
    pipe.destroy();
    return undefined;
  }

  /** False once bash has ended or had to be left behind. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Runs one command at a time; the caller waits for one before it asks for the next. */
  async run(command: string, { timeoutMs, signal, onOutput }: ShellOptions): Promise<ShellRun> {
    if (this.#current) throw new Error('The shell runs a command already.');
    const nonce = randomBytes(16).toString('hex');
    const mark = randomBytes(8).toString('hex');
    const output = new KeptOutput();
    const finished = new Promise<ShellEnd>((resolve) => {
      this.#current = { marker: Buffer.from(nonce), carry: Buffer.alloc(0), output, hear: onOutput, resolve };
    });
    this.#pipe.write(lineOf(command, nonce, mark));
    const end = await this.#endOf(finished, { mark, startedAtMs: performance.now() }, timeoutMs, signal);
    this.#current = undefined;
    return { end, output };
  }

  close(): void {
    this.#isUsable = false;
    this.#pipe.destroy();
  }

  async #endOf(
    finished: Promise<ShellEnd>,
    started: { mark: string; startedAtMs: number },
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ShellEnd> {
    const cut = cutOf(timeoutMs, signal);
    const first = await Promise.race([finished, cut.happens]);
    cut.clear();
    if (first !== 'timedOut' && first !== 'cancelled') return first;
    await this.#killWith(started, 0);
    const after = await Promise.race([finished, patience()]);
    if (after === undefined) await this.#leaveBehind(started);
    return { kind: first };
  }

  /** The command runs in bash itself, a loop for instance: bash goes too, and the next command gets a fresh one. */
  async #leaveBehind(started: { mark: string; startedAtMs: number }): Promise<void> {
    this.#isUsable = false;
    await this.#killWith(started, this.#pid);
    this.#pipe.destroy();
  }

  async #killWith({ mark, startedAtMs }: { mark: string; startedAtMs: number }, shellPid: number): Promise<void> {
    const ageMs = Math.ceil(performance.now() - startedAtMs);
    await Promise.race([this.#kill({ mark, ageMs, shellPid }), patience()]);
  }

  #heard(chunk: Buffer): void {
    const current = this.#current;
    if (!current) return; // What a background process of an earlier command prints.
    const text = current.carry.length > 0 ? Buffer.concat([current.carry, chunk]) : chunk;
    const at = text.indexOf(current.marker);
    if (at < 0) {
      const keep = Math.min(text.length, current.marker.length - 1);
      this.#pass(current, text.subarray(0, text.length - keep));
      current.carry = Buffer.from(text.subarray(text.length - keep));
      return;
    }
    const lineEnd = text.indexOf(0x1e, at);
    if (lineEnd < 0) {
      current.carry = Buffer.from(text);
      return;
    }
    this.#pass(current, text.subarray(0, at));
    const [, exitCode = '', ...folder] = text.toString('utf8', at, lineEnd).split(' ');
    this.workingFolder = folder.join(' ') || this.workingFolder;
    current.resolve({ kind: 'exited', exitCode: Number(exitCode) });
  }

  #pass(current: Current, chunk: Buffer): void {
    if (chunk.length === 0) return;
    current.output.add(chunk);
    current.hear?.(chunk);
  }

  #ended(exitCode: number | null): void {
    this.#isUsable = false;
    const current = this.#current;
    if (!current) return;
    this.#pass(current, current.carry);
    current.resolve({ kind: 'shellEnded', exitCode });
  }
}

/**
 * `eval` runs in the open bash itself, so `cd` and `export` last. It gets no input, and not the descriptor that the
 * marker is printed on; what it does to its own output is undone when it ends. The marker is random, so that a command
 * can't print it by accident or from an earlier one.
 */
const lineOf = (command: string, nonce: string, mark: string): string =>
  `export ${markVariable}=${mark}; eval ${quoted(command)} </dev/null >&8 2>&8 8>&-; ` +
  `builtin printf '%s %s %s\\036' ${nonce} "$?" "$PWD" >&8\n`;

/** In single quotes, which bash takes as they are; NUL can't be in a command line. */
const quoted = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;

function cutOf(timeoutMs: number, signal: AbortSignal) {
  let clear: () => void = () => undefined;
  const happens = new Promise<'timedOut' | 'cancelled'>((resolve) => {
    const timer = setTimeout(() => resolve('timedOut'), Math.min(timeoutMs, limits.timerMsMax));
    const onAbort = () => resolve('cancelled');
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    clear = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  return { happens, clear };
}

const patience = () =>
  new Promise<undefined>((resolve) => setTimeout(resolve, limits.killPatienceMs, undefined).unref());
