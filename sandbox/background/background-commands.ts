// The commands of one sandbox that run on beside its shell: started, read, typed into and ended; and who hears of their ends.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { RunOptions, RunResult } from '../sandbox.ts';
import { CommandOutput } from '../shell/command-output.ts';
import { LineReader } from '../shell/line-reader.ts';
import { markVariable, quoteForBash } from '../shell/shell-lines.ts';
import type { Background, BackgroundReading, BackgroundReadOptions, EndedCommand } from './background.ts';

/** Commands that run at once in one sandbox: some servers and builds; each holds a process of 8 MB beside its own. */
export const backgroundRunningMax = 8;
/** Ended commands whose output is kept, a megabyte each at most. */
const endedMax = 8;
/** The size of a terminal, which programs fit their output to. */
const terminalSize = { rows: 40, columns: 120 };

/** The supervisor starts in 50 ms; a busy machine takes a second. */
const startTimeoutMs = 15_000;
/** How much longer than it waits a read may take. */
const readSlackMs = 15_000;
/** An answer is whole once nothing more came for so long. */
const quietMs = 400;
/** A command that is killed has two seconds to end by itself. */
const killWaitMs = 5_000;
/** How long to wait before watching again where it failed, and how often. */
const watchAgainAfterMs = 5_000;
const watchTriesMax = 3;
/** Node's timers can't be set to more. */
const watchTimeoutMs = 2_000_000_000;

/** Marks that are kept: far more than can be running. */
const marksMax = 1_000;

const program = readFileSync(new URL('supervisor.py', import.meta.url), 'utf8');
/** Takes the program out of its environment: `ps` shows a short line, and the command doesn't inherit it. */
const programVariable = 'LUCID_PROGRAM';
const programStart = `import os; exec(os.environ.pop("${programVariable}"))`;

const End = v.object({ exitCode: v.optional(v.pipe(v.number(), v.integer())) });
/** Checked, since it is told in the engine's own words; what is in the sandbox may have written it. */
const Id = v.pipe(v.string(), v.regex(/^\d{1,9}$/));
const State = v.object({ id: Id, command: v.string(), end: v.nullable(End) });
const Started = v.object({ id: Id });
const Full = v.object({ full: v.array(Id) });
/** The machine's own words, such as `No space left on device`. */
const Refused = v.object({ refused: v.pipe(v.string(), v.regex(/^[\w ,.'-]{1,100}$/)) });
const Missing = v.object({ missing: v.array(Id) });
const Read = v.object({ ...State.entries, skipped: v.pipe(v.number(), v.minValue(0)) });

/** How the sandbox runs commands: in the open shell, whose folder and variables they get, and apart from it without a queue. */
export type BackgroundDependencies = {
  /** Where what they print lies, as commands know it: outside of the workspace. */
  folder: string;
  runInShell(command: string, options: RunOptions): Promise<Outcome<RunResult>>;
  runBeside(command: string, options: RunOptions): Promise<Outcome<RunResult>>;
};

export class BackgroundCommands implements Background {
  readonly #dependencies: BackgroundDependencies;
  readonly #closed = new AbortController();
  /** Reads that go on, by the command's id: who reads of an end needn't be told of it. */
  readonly #reading = new Map<string, Promise<unknown>>();
  readonly #marks = new Set<string>();
  #onEnd: ((ended: EndedCommand) => Promise<void>) | undefined;
  #isWatching = false;
  #mustWatchAgain = false;

  constructor(dependencies: BackgroundDependencies) {
    this.#dependencies = {
      ...dependencies,
      runInShell: catchFailures(dependencies.runInShell),
      runBeside: catchFailures(dependencies.runBeside),
    };
  }

  /** The marks of the processes that this object has started. */
  get marks(): ReadonlySet<string> {
    return this.#marks;
  }

  get isActive(): boolean {
    return this.#isWatching;
  }

  async start(command: string, isTerminal: boolean, signal: AbortSignal): Promise<Outcome<string>> {
    const options = { isTerminal, ...terminalSize, runningMax: backgroundRunningMax, endedMax };
    const mark = randomBytes(8).toString('hex');
    this.#addMark(mark);
    const line = `${markVariable}=${mark} ${this.#lineOf('start', JSON.stringify(options), command)}`;
    const ran = await this.#dependencies.runInShell(line, { timeoutMs: startTimeoutMs, signal });
    if (!ran.ok) return ran;
    const answer = parseLine(ran.value.output.trimEnd().split('\n').at(-1) ?? '');
    const started = v.safeParse(Started, answer);
    if (started.success) {
      this.#watch();
      return succeeded(started.output.id);
    }
    const full = v.safeParse(Full, answer);
    if (full.success) return failed('sandboxFailed', writeFullNote(full.output.full));
    const refused = v.safeParse(Refused, answer);
    return failed('sandboxFailed', refused.success ? writeRefusedNote(refused.output) : writeStartNote(ran.value));
  }

  read(id: string, options: BackgroundReadOptions): Promise<Outcome<BackgroundReading>> {
    const reading = this.#read(id, options);
    const settled = reading.catch(() => undefined);
    this.#reading.set(id, settled);
    void settled.then(() => this.#reading.get(id) === settled && this.#reading.delete(id));
    return reading;
  }

  /** Of many commands only the last ones can be running. */
  #addMark(mark: string): void {
    this.#marks.add(mark);
    const [oldest] = this.#marks;
    if (oldest !== undefined && this.#marks.size > marksMax) this.#marks.delete(oldest);
  }

  listen(onEnd: (ended: EndedCommand) => Promise<void>, mayRun: boolean): void {
    this.#onEnd = onEnd;
    if (mayRun) this.#watch();
  }

  /** Nobody hears of them any more; they go on until the sandbox is closed. */
  close(): void {
    this.#closed.abort();
  }

  async #read(
    id: string,
    { signal, input, kill = false, waitMs }: BackgroundReadOptions,
  ): Promise<Outcome<BackgroundReading>> {
    if (!/^\d{1,9}$/.test(id)) return failed('invalid', writeMissingNote(id, []));
    const asked = {
      waitMs: kill ? killWaitMs : waitMs,
      quietMs,
      kill,
      ...(input && { input: Buffer.from(input).toString('base64') }),
    };
    const lines = new LineReader();
    const output = new CommandOutput();
    const onOutput = (chunk: Buffer) => output.add(lines.takeFirst(chunk));
    const timeoutMs = asked.waitMs + readSlackMs;
    const ran = await this.#runBeside(this.#lineOf('read', id, JSON.stringify(asked)), { timeoutMs, signal, onOutput });
    if (!ran.ok) return ran;
    if (ran.value.kind === 'cancelled') return failed('sandboxFailed', 'Waiting for it was interrupted. It runs on.');
    const first = parseLine(lines.first);
    const missing = v.safeParse(Missing, first);
    if (missing.success) return failed('invalid', writeMissingNote(id, missing.output.missing));
    const read = v.safeParse(Read, first);
    if (!read.success) return failed('sandboxFailed', writeStartNote(ran.value));
    const { command, end, skipped } = read.output;
    const text = `${skipped > 0 ? `[… ${skipped} bytes left out …]\n` : ''}${output.toText()}`;
    return succeeded({ command, output: text, ...(end && { end: endOf(end) }) });
  }

  #runBeside(command: string, { signal, ...options }: RunOptions): Promise<Outcome<RunResult>> {
    const signals = AbortSignal.any([signal, this.#closed.signal]);
    return this.#dependencies.runBeside(command, { ...options, signal: signals });
  }

  #lineOf(operation: string, ...words: string[]): string {
    const all = [programStart, operation, this.#dependencies.folder, ...words];
    return `${programVariable}=${quoteForBash(program)} python3 -ISc ${all.map(quoteForBash).join(' ')}`;
  }

  /** One process watches all of them, and ends when none runs any more. */
  #watch(): void {
    this.#mustWatchAgain = true;
    if (this.#isWatching || !this.#onEnd) return;
    this.#isWatching = true;
    void this.#watchUntilEnded().finally(() => {
      this.#isWatching = false;
    });
  }

  async #watchUntilEnded(): Promise<void> {
    for (let tries = 0; this.#mustWatchAgain && tries < watchTriesMax && !this.#closed.signal.aborted; ) {
      this.#mustWatchAgain = false;
      const lines = new LineReader();
      let telling = Promise.resolve();
      const onOutput = (chunk: Buffer) => {
        for (const line of lines.takeAll(chunk)) telling = telling.then(() => this.#tellEnd(line));
      };
      const signal = this.#closed.signal;
      const ran = await this.#runBeside(this.#lineOf('watch'), { timeoutMs: watchTimeoutMs, signal, onOutput });
      await telling;
      if (ran.ok && ran.value.kind === 'exited' && ran.value.exitCode === 0) continue;
      tries++;
      this.#mustWatchAgain = true;
      await delay(watchAgainAfterMs, undefined, { ref: false });
    }
  }

  /** Whoever reads of the end meanwhile has heard of it. */
  async #tellEnd(line: string): Promise<void> {
    const state = v.safeParse(State, parseLine(line));
    if (!state.success || !state.output.end || this.#closed.signal.aborted) return;
    const { id, command, end } = state.output;
    const reading = (await this.#reading.get(id)) as Outcome<BackgroundReading> | undefined;
    if (reading?.ok && reading.value.end) return;
    await this.#onEnd?.({ id, command, ...endOf(end) });
    await this.#runBeside(this.#lineOf('tell', id), { timeoutMs: startTimeoutMs, signal: this.#closed.signal });
  }
}

type Run = BackgroundDependencies['runInShell'];

/** What a driver throws is the failure of one call. */
const catchFailures =
  (run: Run): Run =>
  async (command, options) => {
    try {
      return await run(command, options);
    } catch (error) {
      return failed('sandboxFailed', `The sandbox failed: ${reasonOf(error)}`);
    }
  };

const endOf = ({ exitCode }: v.InferOutput<typeof End>) => (exitCode === undefined ? {} : { exitCode });

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const writeFullNote = (running: readonly string[]): string =>
  `${running.length} commands run in the background already, which is as many as can: ${running.join(', ')}. End one first.`;

const writeRefusedNote = ({ refused }: v.InferOutput<typeof Refused>): string =>
  `No command can be started in the background: ${refused}.`;

const writeMissingNote = (id: string, known: readonly string[]): string =>
  `There is no background command ${id.slice(0, 20)}. ${known.length === 0 ? 'None was started.' : `There are ${known.join(', ')}.`}`;

/** Without Python nothing supervises a command. */
const noProgramExitCode = 127;

function writeStartNote(ran: RunResult): string {
  if (ran.kind === 'exited' && ran.exitCode === noProgramExitCode)
    return 'There is no python3 here, which commands in the background need. Start it with & and its output in a file.';
  return `The background does not answer. ${ran.output.slice(0, 300)}`.trim();
}
