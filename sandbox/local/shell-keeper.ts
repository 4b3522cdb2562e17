// Keeps a process of this machine in which a session's shells are started one after the other: when one is ended, what runs in
// the background stays, with its network and temporary files.
import type { ChildProcess } from 'node:child_process';
import { unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import { LineReader } from '../shell/line-reader.ts';
import type { ShellPipe } from '../shell/open-shell.ts';
import type { Account } from './account.ts';
import { makeNamedPipes, openNamedPipe } from './named-pipes.ts';
import { OutputPipes } from './output-pipes.ts';
import { openShellPipe } from './shell-pipe.ts';
import type { StartedProcess } from './started-process.ts';

/** The name of a shell's input comes in as a line; its end goes out as one, with its exit code, after the keeper's own number. */
const script = `set -m
apart=$(command -v setsid)
echo "$$ keeper"
while IFS= read -r name; do
  { $apart bash --noprofile --norc <"$1/$name" >/dev/null 2>&1; echo "$name $?"; } 2>/dev/null &
done`;

/** @param folder of the shells' pipes, as commands know it */
export const keeperProgram = (folder: string): string[] => [
  'bash',
  '--noprofile',
  '--norc',
  '-c',
  script,
  'bash',
  folder,
];

/** What a shell reports that was killed. */
const killedExitCode = 137;

export type KeeperFolders = {
  /** Of the pipes, on this machine. */
  state: string;
  /** The same folder, as commands know it. */
  innerState: string;
  /** Who may use the pipes; undefined for the engine's own account. */
  account: Account | undefined;
};

export class ShellKeeper {
  readonly #child: ChildProcess;
  readonly #hasNotBegun: StartedProcess['hasNotBegun'];
  readonly #folders: KeeperFolders;
  readonly #lines = new LineReader();
  /** Hears of the end of the shell that is open. */
  #current: { name: string; end(exitCode: number | null): void } | undefined;
  #number = '';

  constructor({ child, hasNotBegun }: StartedProcess, folders: KeeperFolders) {
    this.#child = child;
    this.#hasNotBegun = hasNotBegun;
    this.#folders = folders;
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => undefined); // `exit` tells.
    child.stderr?.resume();
    child.stdout?.on('data', (chunk: Buffer) => {
      for (const line of this.#lines.takeAll(chunk)) this.#readLine(line);
    });
    child
      .once('error', () => this.#end(null))
      .once('exit', (code, signal) => this.#end(signal ? killedExitCode : code));
  }

  get isUsable(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it has ended without having begun. */
  get hasNotBegun(): boolean {
    return this.#hasNotBegun();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The keeper's number as its shells know it. */
  get number(): string {
    return this.#number;
  }

  /** Starts a shell. @returns undefined where no pipe can be made for it */
  async openShell(): Promise<ShellPipe | undefined> {
    const { state, innerState, account } = this.#folders;
    const [name] = (await makeNamedPipes(state, account, 1)) ?? [];
    const descriptor = name && (await openNamedPipe(path.join(state, name), 'write'));
    if (!name || !descriptor) return undefined;
    const input = new Socket({ fd: descriptor, readable: false, writable: true }).on('error', () => undefined);
    const pipes = new OutputPipes(state, account);
    const { promise: ended, resolve } = Promise.withResolvers<number | null>();
    const end = (exitCode: number | null) => void pipes.waitForRest().then(() => resolve(exitCode));
    this.#current?.end(null);
    this.#current = { name, end };
    if (this.isUsable) this.#child.stdin?.write(`${name}\n`);
    else this.#end(this.#child.exitCode); // It ended while the pipe was made.
    const destroy = () => {
      input.destroy();
      unlink(path.join(state, name)).catch(() => undefined); // It may be gone already.
    };
    return openShellPipe(
      { write: (text) => void input.write(text), destroy, ended, kill: () => this.#child.kill('SIGKILL') },
      pipes,
      innerState,
    );
  }

  /** Tells that the open shell was killed, with what would have told. */
  endShell(): void {
    this.#end(killedExitCode);
  }

  #readLine(line: string): void {
    const [name = '', said = ''] = line.split(' ');
    if (said === 'keeper') this.#number ||= name;
    else if (name === this.#current?.name) this.#end(Number.parseInt(said, 10) || 0);
  }

  #end(exitCode: number | null): void {
    this.#current?.end(exitCode);
    this.#current = undefined;
  }
}
