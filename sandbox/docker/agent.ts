// The line to the program inside a container that reads, writes and lists its workspace and ends processes.
import { readFileSync } from 'node:fs';
import { type ErrorCode, errors, failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { Pipe } from '../shell.ts';

/** Passed on the command line, so that any image with Python will do. */
export const agentCommand = ['python3', '-IEuc', readFileSync(new URL('agent.py', import.meta.url), 'utf8')];

type Answer = { id: number; ok?: Record<string, unknown>; code?: string; detail?: string };
type Waiting = { resolve(outcome: Outcome<Record<string, unknown>>): void; timer: NodeJS.Timeout };

const noAnswer = (detail: string) => failed('sandboxFailed', detail);

export class Agent {
  readonly #pipe: Pipe;
  readonly #waiting = new Map<number, Waiting>();
  #line: Buffer[] = [];
  #lineBytes = 0;
  #id = 0;
  isUsable = true;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
    pipe.onOutput((chunk) => this.#heard(chunk));
    void pipe.ended.then(() => this.close());
  }

  /** What comes back is checked by the caller: the container is not trusted. */
  ask(
    request: Record<string, unknown>,
    timeoutMs: number = limits.sandboxRequestTimeoutMs,
  ): Promise<Outcome<Record<string, unknown>>> {
    if (!this.isUsable) return Promise.resolve(noAnswer('The sandbox is gone.'));
    const id = ++this.#id;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answered(id, noAnswer('The sandbox did not answer in time.')), timeoutMs);
      this.#waiting.set(id, { resolve, timer });
      this.#pipe.write(`${JSON.stringify({ ...request, id })}\n`);
    });
  }

  close(): void {
    this.isUsable = false;
    this.#pipe.destroy();
    for (const id of [...this.#waiting.keys()]) this.#answered(id, noAnswer('The sandbox is gone.'));
  }

  #heard(chunk: Buffer): void {
    let rest = chunk;
    for (let at = rest.indexOf(0x0a); at >= 0; at = rest.indexOf(0x0a)) {
      const line = Buffer.concat([...this.#line, rest.subarray(0, at)]);
      this.#line = [];
      this.#lineBytes = 0;
      rest = rest.subarray(at + 1);
      this.#heardLine(line.toString('utf8'));
    }
    this.#line.push(Buffer.from(rest));
    this.#lineBytes += rest.length;
    if (this.#lineBytes > limits.sandboxAnswerBytesMax) this.close();
  }

  #heardLine(line: string): void {
    const answer = parsed(line);
    if (!answer) return this.close();
    if (answer.ok) return this.#answered(answer.id, succeeded(answer.ok));
    const code = answer.code !== undefined && answer.code in errors ? (answer.code as ErrorCode) : 'sandboxFailed';
    this.#answered(answer.id, failed(code, answer.detail ?? 'The sandbox failed.'));
  }

  #answered(id: number, outcome: Outcome<Record<string, unknown>>): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(outcome);
  }
}

function parsed(line: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    return typeof answer === 'object' && answer !== null && 'id' in answer ? (answer as Answer) : undefined;
  } catch {
    return undefined;
  }
}
