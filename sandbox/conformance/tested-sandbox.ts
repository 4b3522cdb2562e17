// A sandbox under test, with short methods for what tests do with it.
import assert from 'node:assert/strict';
import { errors, type Outcome } from '../../schema/error.ts';
import type { FileContent, FilePart, TreeNode } from '../../schema/file.ts';
import type { RunResult, Sandbox } from '../sandbox.ts';

type Running = Partial<{
  timeoutMs: number;
  signal: AbortSignal;
  isSeparate: boolean;
  onOutput: (chunk: Buffer) => void;
}>;

export class TestedSandbox {
  readonly #open: () => Promise<Sandbox>;
  sandbox!: Sandbox;

  constructor(open: () => Promise<Sandbox>) {
    this.#open = open;
  }

  async open(): Promise<Sandbox> {
    this.sandbox = await this.#open();
    return this.sandbox;
  }

  openAnother(): Promise<Sandbox> {
    return this.#open();
  }

  async run(command: string, options: Running = {}): Promise<RunResult> {
    const signal = options.signal ?? new AbortController().signal;
    return unwrap(await this.sandbox.run(command, { timeoutMs: 20_000, ...options, signal }));
  }

  async readOutput(command: string): Promise<string> {
    return (await this.run(command)).output;
  }

  async write(path: string, content: string): Promise<void> {
    unwrap(await this.sandbox.write(path, content));
  }

  async read(path: string, part?: FilePart): Promise<FileContent> {
    return unwrap(await this.sandbox.read(path, part));
  }

  /** Checks that reading is refused as the caller’s fault, at once. @returns the code of the failure */
  async readRefusal(path: string, part?: FilePart): Promise<string> {
    const startedAtMs = performance.now();
    const refused = failureCodeOf(await this.sandbox.read(path, part));
    assert.ok(performance.now() - startedAtMs < 20_000, 'a refusal is not waited for');
    const status = Object.hasOwn(errors, refused) ? errors[refused as keyof typeof errors].status : 0;
    assert.ok(status >= 400 && status < 500, `${refused} is a 4xx`);
    return refused;
  }

  async listPaths(): Promise<string[]> {
    return pathsOf(unwrap(await this.sandbox.list()).tree);
  }
}

export const pathsOf = (nodes: readonly TreeNode[]): string[] =>
  nodes.flatMap((node) => [node.path, ...(node.type === 'folder' ? pathsOf(node.children) : [])]);

export function unwrap<T>(outcome: Outcome<T>): T {
  assert.ok(outcome.ok, outcome.ok ? '' : `${outcome.failure.code}: ${outcome.failure.detail}`);
  return outcome.value;
}

/** Gives a failure's code; empty for a success. */
export const failureCodeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? '' : outcome.failure.code);
