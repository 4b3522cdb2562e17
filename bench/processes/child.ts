// The bench's side of its processes: starts them, asks them, and leaves none behind.
import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ownFolder } from '../checkout.ts';
import type { Answers, Question, Reply } from './parent.ts';

/** The most that the engine needs to drain and to stop PostgreSQL on a busy machine. */
const endWithinMs = 60_000;

const running = new Set<Child<Answers>>();

export type ChildOptions = {
  /** Whether the process gets an empty folder, as its first argument, that is removed after it. */
  hasFolder?: boolean;
  /** The checkout whose file is started; this one by default. */
  checkout?: string;
};

type Pending = { resolve(value: unknown): void; reject(error: Error): void };

/** A process that answers, with the type of answers that its file exports. */
export class Child<A extends Answers> {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #id = 0;

  /** @param file relative to `bench/` */
  constructor(file: string, { hasFolder = false, checkout = ownFolder }: ChildOptions = {}) {
    this.#name = file;
    const ownFolders = hasFolder ? [makeFolder()] : [];
    this.#process = fork(path.join(checkout, 'bench', file), ownFolders, {
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'], // The standard output is the table's, so processes print to the standard error.
    });
    running.add(this as unknown as Child<Answers>);
    this.#process.on('message', (reply: Reply) => this.#settleReply(reply));
    const gone = new Promise<void>((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#failAll(`it ended with ${signal ?? `exit code ${code}`}`);
        resolve();
      });
      this.#process.once('error', (error) => {
        this.#failAll(error.message);
        resolve();
      });
    });
    this.#ended = gone.then(async () => {
      for (const ownFolder of ownFolders) await rm(ownFolder, { recursive: true, force: true, maxRetries: 3 });
      running.delete(this as unknown as Child<Answers>);
    });
  }

  ask<Name extends keyof A & string>(
    name: Name,
    ...parameters: Parameters<A[Name]>
  ): Promise<Awaited<ReturnType<A[Name]>>> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject });
      this.#process.send({ id, name, parameters } satisfies Question, (error) => {
        if (error) this.#rejectPending(id, error.message);
      });
    });
  }

  /** A process that doesn't end by itself in time is killed. */
  async end(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), endWithinMs);
    await this.#ended;
    clearTimeout(kill);
  }

  #settleReply(reply: Reply): void {
    if ('failure' in reply) return this.#rejectPending(reply.id, reply.failure);
    this.#pending.get(reply.id)?.resolve(reply.value);
    this.#pending.delete(reply.id);
  }

  #rejectPending(id: number, reason: string): void {
    this.#pending.get(id)?.reject(new Error(`${this.#name}: ${reason}`));
    this.#pending.delete(id);
  }

  #failAll(reason: string): void {
    for (const id of [...this.#pending.keys()]) this.#rejectPending(id, reason);
  }
}

function makeFolder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'lucid-bench-'));
  chmodSync(made, 0o711); // Root's PostgreSQL runs under another account, which has to enter the folder.
  return made;
}

export async function endAllChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.end()));
}
