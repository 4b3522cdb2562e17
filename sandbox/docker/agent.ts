// The line to the agent, the program inside a container that keeps its bash open, has its files and ends its processes.
import { readFileSync } from 'node:fs';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { outputDescriptor, type Pipe } from '../shell.ts';
import { refusalOf } from './answers.ts';
import { Frames } from './demux.ts';
import type { Exec, ExecOptions } from './exec.ts';
import { processesMax } from './settings.ts';

const parts = ['files', 'processes', 'guard', 'shell', 'apart', 'serve'];
const files = parts.map((name) => readFileSync(new URL(`agent/${name}.py`, import.meta.url), 'utf8'));
const source = [`PROCESSES_MAX = ${processesMax}`, ...files].join('\n');
const bytes = Buffer.byteLength(source);

/** The program comes by its standard input: any image with Python will do, and `ps` shows a short line. */
const command = ['python3', '-ISc', `import os;s=b""\nwhile len(s)<${bytes}:s+=os.read(0,${bytes}-len(s))\nexec(s)`];
const environment = ['TERM=dumb', 'PAGER=cat', 'GIT_PAGER=cat', 'GIT_TERMINAL_PROMPT=0', 'LANG=C.UTF-8'];

/** An agent carries its owner's epoch: it takes the place of earlier ones, and leaves a later one alone. */
export const agentExec = (epoch: number): ExecOptions => ({
  command,
  environment: [`LUCID_AGENT=${epoch}`, ...environment],
});

type Answer = { id: number; ok?: Record<string, unknown> };
type Waiting = { resolve(outcome: Outcome<Record<string, unknown>>): void; timer: NodeJS.Timeout };
type Bash = { number: number; lane: number; hear(chunk: Buffer): void; end(exitCode: number | null): void };

export type ApartCommand = { text: string; mark: string; hear(chunk: Buffer): void; timeoutMs: number };

const noAnswer = (detail: string) => failed('sandboxFailed', detail);
/** A frame's header: its kind, the lane of output, the length of its payload. */
const header = { bytes: 9, laneAt: 1, lengthAt: 5 } as const;
const kinds = { answer: 'A', ended: 'E', output: 'O' } as const;

export class Agent {
  readonly #exec: Exec;
  readonly #waiting = new Map<number, Waiting>();
  readonly #frames = new Frames(header.bytes, header.lengthAt, (head, part, left) => this.#heard(head, part, left));
  #parts: Buffer[] = [];
  #lane = 0;
  #bashes = 0;
  #id = 0;
  #bash: Bash | undefined;
  /** What hears commands beside the shell, by the lane that they print on. */
  readonly #apart = new Map<number, (chunk: Buffer) => void>();
  isUsable = true;

  private constructor(exec: Exec) {
    this.#exec = exec;
    exec.onOutput((chunk) => this.#frames.add(chunk));
    void exec.ended.then((lastWords) => this.#close(lastWords));
  }

  get execId(): string {
    return this.#exec.id;
  }

  /** Sends the program and waits for its first word. */
  static async start(exec: Exec, timeoutMs: number): Promise<Outcome<Agent>> {
    const agent = new Agent(exec);
    const isUp = agent.#answerTo(0, timeoutMs);
    exec.write(source);
    const up = await isUp;
    if (up.ok) return succeeded(agent);
    agent.close();
    return up;
  }

  /** What comes back is checked by the caller: the container is not trusted. */
  ask(
    request: Record<string, unknown>,
    timeoutMs: number = limits.sandboxRequestTimeoutMs,
  ): Promise<Outcome<Record<string, unknown>>> {
    if (!this.isUsable) return Promise.resolve(noAnswer('The sandbox is gone.'));
    const id = ++this.#id;
    const answer = this.#answerTo(id, timeoutMs);
    this.#tell({ ...request, id });
    return answer;
  }

  /** Starts a bash, in place of the one before. */
  async openBash(): Promise<Outcome<Pipe>> {
    let hear: Bash['hear'] = () => undefined;
    let end: Bash['end'] = () => undefined;
    const ended = new Promise<number | null>((resolve) => {
      end = resolve;
    });
    this.#bash?.end(null);
    const bash: Bash = { number: ++this.#bashes, lane: 0, hear: (chunk) => hear(chunk), end };
    this.#bash = bash;
    const opened = await this.ask({ op: 'open', shell: bash.number }, limits.shellOpenTimeoutMs);
    if (!opened.ok) return opened;
    return succeeded({
      write: (text, mark) => {
        bash.lane = ++this.#lane;
        this.#tell({ op: 'type', lane: bash.lane, fd: outputDescriptor, text, mark });
      },
      onOutput: (listener) => {
        hear = listener;
      },
      hush: () => this.#tell({ op: 'hush' }),
      ended,
      destroy: () => bash.end(null),
    });
  }

  /** Runs a command beside the shell. @returns its exit code, once it has ended */
  async runApart({ text, mark, hear, timeoutMs }: ApartCommand): Promise<Outcome<number>> {
    const lane = ++this.#lane;
    this.#apart.set(lane, hear);
    const answer = await this.ask({ op: 'apart', lane, text, mark }, timeoutMs);
    this.#apart.delete(lane);
    if (!answer.ok) return answer;
    return succeeded(typeof answer.value.exitCode === 'number' ? answer.value.exitCode : 1);
  }

  close(): void {
    this.#close('');
  }

  #close(lastWords: string): void {
    this.isUsable = false;
    this.#exec.destroy();
    const detail = lastWords === '' ? 'The sandbox is gone.' : `The sandbox is gone: ${lastWords}`;
    for (const id of [...this.#waiting.keys()]) this.#answered(id, noAnswer(detail));
    this.#bash?.end(null);
    this.#bash = undefined;
  }

  #tell(request: Record<string, unknown>): void {
    if (this.isUsable) this.#exec.write(`${JSON.stringify(request)}\n`);
  }

  #answerTo(id: number, timeoutMs: number): Promise<Outcome<Record<string, unknown>>> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answered(id, noAnswer('The sandbox did not answer in time.')), timeoutMs);
      this.#waiting.set(id, { resolve, timer });
    });
  }

  #answered(id: number, outcome: Outcome<Record<string, unknown>>): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(outcome);
  }

  #heard(head: Buffer, part: Buffer, left: number): void {
    if (head.readUInt32BE(header.lengthAt) > limits.sandboxAnswerBytesMax) return this.close();
    const kind = String.fromCharCode(head[0] ?? 0);
    if (kind === kinds.output) {
      const lane = head.readUInt32BE(header.laneAt);
      if (this.#bash?.lane === lane) this.#bash.hear(part);
      else this.#apart.get(lane)?.(part);
      return;
    }
    this.#parts.push(Buffer.from(part));
    if (left > 0) return;
    const payload = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    if (kind === kinds.answer) this.#heardAnswer(payload);
    else if (kind === kinds.ended) this.#heardEnd(payload);
    else this.close();
  }

  #heardAnswer(payload: string): void {
    const answer = parsed(payload) as Answer | undefined;
    if (!answer) return this.close();
    if (answer.ok) return this.#answered(answer.id, succeeded(answer.ok));
    this.#answered(answer.id, refusalOf(answer));
  }

  #heardEnd(payload: string): void {
    const { shell, exitCode } = (parsed(payload) ?? {}) as { shell?: unknown; exitCode?: unknown };
    if (this.#bash?.number === shell) this.#bash?.end(typeof exitCode === 'number' ? exitCode : null);
  }
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
