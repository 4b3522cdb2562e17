// Speaks with the guest, the program inside a container that keeps a bash open, reads and writes files, and kills commands.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { ShellPipe } from '../shell/open-shell.ts';
import { outputDescriptor } from '../shell/shell-lines.ts';
import { processesMax } from './container-settings.ts';
import type { Exec, ExecOptions } from './exec.ts';
import { parseRefusal } from './guest-answers.ts';
import { readGuestFile } from './guest-files.ts';
import { PacketReader } from './packet-reader.ts';

/** A guest's answer: a megabyte of a file in base64, or a large tree. */
export const sandboxAnswerBytesMax = 4 * 1024 * 1024;
const sandboxRequestTimeoutMs = 5_000;
/** A program that is spoken with runs as long as its session is in memory: the most that a timer can be set to. */
const endlessMs = 2_147_483_647;

const programFiles = ['namespace', 'files', 'processes', 'usage', 'guard', 'open_shell', 'separate', 'piped', 'main'];
const programText = programFiles.map(readGuestFile).join('\n');
const programOf = (wantsRoot: boolean) =>
  `PROCESSES_MAX = ${processesMax}\nWANTS_ROOT = ${wantsRoot ? 'True ' : 'False'}\n${programText}`;
const programBytes = Buffer.byteLength(programOf(false));

/** Python reads the program from its standard input: any image with Python will do, and `ps` shows a short line. */
const guestCommand = [
  'python3',
  '-ISc',
  `import os;s=b""\nwhile len(s)<${programBytes}:s+=os.read(0,${programBytes}-len(s))\nexec(s)`,
];
const guestEnvironment = ['TERM=dumb', 'PAGER=cat', 'GIT_PAGER=cat', 'GIT_TERMINAL_PROMPT=0', 'LANG=C.UTF-8'];

/** A guest carries its owner's epoch: it takes the place of earlier ones, and leaves a later one alone. */
export const guestExecOptions = (epoch: number): ExecOptions => ({
  command: guestCommand,
  environment: [`LUCID_AGENT=${epoch}`, ...guestEnvironment],
});

type Answer = { id: number; ok?: Record<string, unknown> };
type Waiting = { resolve(outcome: Outcome<Record<string, unknown>>): void; timer: NodeJS.Timeout };
type Bash = { number: number; channel: number; onOutput: (chunk: Buffer) => void; end(exitCode: number | null): void };

/** A program that is spoken with; `errors` is what it prints beside its output. */
export type PipedProgram = {
  program: readonly string[];
  environment: Readonly<Record<string, string>>;
  mark: string;
  onOutput(chunk: Buffer): void;
  onErrorOutput(chunk: Buffer): void;
};

export type SeparateCommand = { text: string; mark: string; onOutput(chunk: Buffer): void; timeoutMs: number };

const failWith = (detail: string) => failed('sandboxFailed', detail);
/** A packet's header has its kind, the channel of output and the length of its payload. */
const packetHeader = { bytes: 9, channelAt: 1, lengthAt: 5 } as const;
const packetKinds = { answer: 'A', ended: 'E', output: 'O' } as const;

export class Guest {
  readonly #exec: Exec;
  readonly #waiting = new Map<number, Waiting>();
  readonly #packets = new PacketReader(packetHeader.bytes, packetHeader.lengthAt, (head, part, left) =>
    this.#readPacket(head, part, left),
  );
  #payloadParts: Buffer[] = [];
  #channel = 0;
  #bashes = 0;
  #id = 0;
  #bash: Bash | undefined;
  /** Listeners of commands beside the shell, by the channel that they print on. */
  readonly #separate = new Map<number, (chunk: Buffer) => void>();
  isUsable = true;
  /** Why commands aren't root of a namespace, though they were to be. */
  rootProblem: string | undefined;

  private constructor(exec: Exec) {
    this.#exec = exec;
    exec.onOutput((chunk) => this.#packets.add(chunk));
    void exec.ended.then((errorText) => this.#close(errorText));
  }

  get execId(): string {
    return this.#exec.id;
  }

  /** Sends the program and waits until it says that it is up. */
  static async start(exec: Exec, timeoutMs: number, wantsRoot = false): Promise<Outcome<Guest>> {
    const guest = new Guest(exec);
    const greeting = guest.#waitForAnswer(0, timeoutMs);
    exec.write(programOf(wantsRoot));
    const greeted = await greeting;
    if (greeted.ok) {
      const { rootProblem } = greeted.value;
      if (typeof rootProblem === 'string')
        guest.rootProblem = rootProblem.replaceAll(/[^\w :.,;()'-]/g, '').slice(0, 200);
      return succeeded(guest);
    }
    guest.close();
    return greeted;
  }

  /** The caller checks the answer: the container is not trusted. */
  request(
    request: Record<string, unknown>,
    timeoutMs: number = sandboxRequestTimeoutMs,
  ): Promise<Outcome<Record<string, unknown>>> {
    if (!this.isUsable) return Promise.resolve(failWith('The sandbox is gone.'));
    const id = ++this.#id;
    const answer = this.#waitForAnswer(id, timeoutMs);
    this.#send({ ...request, id });
    return answer;
  }

  /** Starts a bash, in place of the one before. */
  async openBash(): Promise<Outcome<ShellPipe>> {
    const { promise: ended, resolve: end } = Promise.withResolvers<number | null>();
    this.#bash?.end(null);
    const bash: Bash = { number: ++this.#bashes, channel: 0, onOutput: () => undefined, end };
    this.#bash = bash;
    const opened = await this.request({ op: 'open', shell: bash.number }, limits.shellOpenTimeoutMs);
    if (!opened.ok) return opened;
    return succeeded({
      write: (text, mark) => {
        bash.channel = ++this.#channel;
        this.#send({ op: 'type', channel: bash.channel, fd: outputDescriptor, text, mark });
      },
      onOutput: (listener) => {
        bash.onOutput = listener;
      },
      silence: () => this.#send({ op: 'silence' }),
      ended,
      destroy: () => bash.end(null),
    });
  }

  /** Runs a command beside the shell. @returns its exit code, once it has ended */
  async runSeparate({ text, mark, onOutput, timeoutMs }: SeparateCommand): Promise<Outcome<number>> {
    const channel = ++this.#channel;
    this.#separate.set(channel, onOutput);
    const answer = await this.request({ op: 'runSeparate', channel, text, mark }, timeoutMs);
    this.#separate.delete(channel);
    if (!answer.ok) return answer;
    return succeeded(typeof answer.value.exitCode === 'number' ? answer.value.exitCode : 1);
  }

  /** Starts a program beside the shell. @returns how it is given input, and its exit code once it has ended */
  runPiped({ onOutput, onErrorOutput, ...program }: PipedProgram): {
    write(text: string): void;
    ended: Promise<number | null>;
  } {
    const channel = ++this.#channel;
    const errors = ++this.#channel;
    this.#separate.set(channel, onOutput).set(errors, onErrorOutput);
    const ended = this.request({ op: 'runPiped', channel, errors, ...program }, endlessMs).then((answer) => {
      this.#separate.delete(channel);
      this.#separate.delete(errors);
      return answer.ok && typeof answer.value.exitCode === 'number' ? answer.value.exitCode : null;
    });
    return { write: (text) => this.#send({ op: 'feed', channel, text }), ended };
  }

  close(): void {
    this.#close('');
  }

  #close(errorText: string): void {
    this.isUsable = false;
    this.#exec.destroy();
    const detail = errorText === '' ? 'The sandbox is gone.' : `The sandbox is gone: ${errorText}`;
    for (const id of [...this.#waiting.keys()]) this.#settleAnswer(id, failWith(detail));
    this.#bash?.end(null);
    this.#bash = undefined;
  }

  #send(request: Record<string, unknown>): void {
    if (this.isUsable) this.#exec.write(`${JSON.stringify(request)}\n`);
  }

  #waitForAnswer(id: number, timeoutMs: number): Promise<Outcome<Record<string, unknown>>> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#settleAnswer(id, failWith('The sandbox did not answer in time.')),
        timeoutMs,
      );
      this.#waiting.set(id, { resolve, timer });
    });
  }

  #settleAnswer(id: number, outcome: Outcome<Record<string, unknown>>): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(outcome);
  }

  #readPacket(head: Buffer, part: Buffer, left: number): void {
    if (head.readUInt32BE(packetHeader.lengthAt) > sandboxAnswerBytesMax) return this.close();
    const kind = String.fromCharCode(head[0] ?? 0);
    if (kind === packetKinds.output) {
      const channel = head.readUInt32BE(packetHeader.channelAt);
      if (this.#bash?.channel === channel) this.#bash.onOutput(part);
      else this.#separate.get(channel)?.(part);
      return;
    }
    this.#payloadParts.push(Buffer.from(part));
    if (left > 0) return;
    const payload = Buffer.concat(this.#payloadParts).toString('utf8');
    this.#payloadParts = [];
    if (kind === packetKinds.answer) this.#readAnswer(payload);
    else if (kind === packetKinds.ended) this.#readBashEnd(payload);
    else this.close();
  }

  #readAnswer(payload: string): void {
    const answer = parseObject(payload) as Answer | undefined;
    if (!answer) return this.close();
    if (answer.ok) return this.#settleAnswer(answer.id, succeeded(answer.ok));
    this.#settleAnswer(answer.id, parseRefusal(answer));
  }

  #readBashEnd(payload: string): void {
    const { shell, exitCode } = (parseObject(payload) ?? {}) as { shell?: unknown; exitCode?: unknown };
    if (this.#bash?.number === shell) this.#bash?.end(typeof exitCode === 'number' ? exitCode : null);
  }
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
