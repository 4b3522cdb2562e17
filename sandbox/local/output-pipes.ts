// The pipes that a shell's commands print on: one for each command, so that what an earlier one left in the background
// neither mixes with the next one's output nor waits for a reader.
import { unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Account } from './account.ts';
import { makeNamedPipes, openNamedPipe } from './named-pipes.ts';

/** How long to wait for the last output of a shell that has ended, which is in a pipe by then. */
const lastOutputTimeoutMs = 50;
/** Pipes that background processes of earlier commands hold open; then the oldest is dropped. */
const openPipesMax = 64;

/** Pipes are made several at once, since making them costs a process. */
const pipesMadeAtOnce = 8;

export class OutputPipes {
  readonly #folder: string;
  readonly #account: Account | undefined;
  #ready: string[] = [];
  #open: Socket[] = [];
  #current: { socket: Socket; file: string } | undefined;
  #isClosed = false;

  /** @param folder on this machine @param account of the commands that print; undefined for the engine's own */
  constructor(folder: string, account: Account | undefined) {
    this.#folder = folder;
    this.#account = account;
  }

  /**
   * Opens the next command's pipe, and drops what the one before still prints.
   * @returns the pipe's name in the folder; undefined where none can be made
   */
  async openNext(onOutput: (chunk: Buffer) => void): Promise<string | undefined> {
    this.silence();
    const name = await this.#takeReady();
    const file = name && path.join(this.#folder, name);
    const descriptor = file && (await openNamedPipe(file, 'read'));
    if (!file || !descriptor) return undefined;
    const socket = new Socket({ fd: descriptor, readable: true, writable: false });
    socket
      .on('error', () => socket.destroy())
      .on('data', (chunk) => this.#current?.socket === socket && onOutput(chunk));
    socket.once('close', () => {
      this.#open = this.#open.filter((other) => other !== socket);
    });
    this.#open.push(socket);
    if (this.#open.length > openPipesMax) this.#open[0]?.destroy();
    this.#current = { socket, file };
    if (this.#isClosed) this.close();
    return name;
  }

  /** Drops what the current command still prints, but goes on reading, so that no background process blocks. */
  silence(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current) unlink(current.file).catch(() => undefined); // A process that has the pipe open keeps it.
  }

  /** Resolves when the current pipe has ended, or after a moment, since a background process may hold it open. */
  async waitForRest(): Promise<void> {
    const socket = this.#current?.socket;
    if (!socket || socket.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once('close', resolve);
    setTimeout(resolve, lastOutputTimeoutMs);
    await promise;
  }

  close(): void {
    this.#isClosed = true;
    this.silence();
    for (const socket of this.#open) socket.destroy();
    for (const name of this.#ready.splice(0)) unlink(path.join(this.#folder, name)).catch(() => undefined);
  }

  async #takeReady(): Promise<string | undefined> {
    if (this.#ready.length === 0)
      this.#ready = (await makeNamedPipes(this.#folder, this.#account, pipesMadeAtOnce)) ?? [];
    return this.#ready.pop();
  }
}
