// The way to a server that is a program in the session's sandbox: messages are lines of JSON on its input and output.
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { ProcessOptions, Sandbox, SandboxProcess } from '../../sandbox/sandbox.ts';
import { cleanText } from '../../schema/rules/text.ts';
import { Intake } from './intake.ts';

/** How much of what a program prints beside its messages is kept, to say why it ended. */
const errorCharsMax = 600;

const newline = 10;

export type ProcessTransportOptions = {
  sandbox: Pick<Sandbox, 'startProcess'>;
  program: Pick<ProcessOptions, 'program' | 'environment' | 'folder'>;
  /** @throws for what is no message */
  parseMessage(value: unknown): JSONRPCMessage;
  /** Is told why the server was cut off, or how it ended. */
  onEnded(reason: string): void;
};

export class ProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #options: ProcessTransportOptions;
  readonly #intake = new Intake((reason) => void this.#cutOff(reason));
  #process: SandboxProcess | undefined;
  /** The parts of the line that is being read, and their bytes. */
  #parts: Buffer[] = [];
  #bytes = 0;
  #errorText = '';
  #isClosed = false;

  constructor(options: ProcessTransportOptions) {
    this.#options = options;
  }

  /** @throws where no program can be started */
  async start(): Promise<void> {
    const started = await this.#options.sandbox.startProcess({
      ...this.#options.program,
      onOutput: (chunk) => this.#readChunk(chunk),
      onErrorOutput: (chunk) => {
        this.#intake.noteBytes(chunk.length, 0);
        this.#errorText = (this.#errorText + chunk.toString('utf8')).slice(-errorCharsMax);
      },
    });
    if (!started.ok) throw new Error(started.failure.detail);
    this.#process = started.value;
    if (this.#isClosed) await this.close();
    void started.value.ended.then((exitCode) => this.#finish(exitCode));
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.#process || this.#isClosed) throw new Error('The server has ended.');
    if ('method' in message && 'id' in message) this.#intake.noteRequest(message.method);
    this.#process.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    this.#end();
    await this.#process?.kill();
  }

  #readChunk(chunk: Buffer): void {
    let from = 0;
    while (!this.#isClosed && from < chunk.length) {
      const end = chunk.indexOf(newline, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      this.#bytes += part.length;
      if (!this.#intake.noteBytes(part.length, this.#bytes)) return;
      this.#parts.push(end < 0 ? Buffer.from(part) : part); // A part that is kept must not keep its whole chunk.
      if (end < 0) return;
      this.#readLine(Buffer.concat(this.#parts).toString('utf8').trim());
      this.#parts = [];
      this.#bytes = 0;
      from = end + 1;
    }
  }

  /** What is no message is dropped: programs print other things too. */
  #readLine(line: string): void {
    if (line === '' || !this.#intake.noteMessages(1)) return;
    try {
      this.onmessage?.(this.#options.parseMessage(JSON.parse(line)));
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #cutOff(reason: string): Promise<void> {
    this.#options.onEnded(reason);
    await this.close();
  }

  #finish(exitCode: number | null): void {
    if (this.#isClosed) return;
    const printed = cleanText(this.#errorText.trim());
    const said = printed === '' ? '' : ` It had printed: ${printed}`;
    this.#options.onEnded(`It ended${exitCode === null ? '' : ` with exit code ${exitCode}`}.${said}`);
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts = [];
    this.onclose?.();
  }
}
