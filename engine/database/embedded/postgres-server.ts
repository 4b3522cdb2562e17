// The running PostgreSQL: started, watched, started again when it ends by itself, and shut down.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, copyFileSync, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { Account } from './account.ts';
import { makeCleanEnvironment } from './clean-environment.ts';
import { findFreePort } from './free-port.ts';
import { clusterNameOf, endLeftovers } from './leftovers.ts';

const logBytesMax = 10 * 1024 * 1024;
const logCheckedEveryMs = 60_000;
const pollMs = 5;
const portTriesMax = 5;
const restartDelayMs = { first: 100, most: 5_000 };
const shutdownSteps = [
  { signal: 'SIGINT', waitMs: 20_000 }, // "fast": ends the connections, writes everything, leaves nothing to recover
  { signal: 'SIGQUIT', waitMs: 5_000 }, // "immediate": the next start recovers from the log
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_line_prefix: '%m [%p] ',
  log_min_messages: 'warning',
  // Statements and details of errors hold what users wrote.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

export type PostgresServerOptions = {
  place: string;
  data: string;
  postgres: string;
  account: Account;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
};

export class PostgresServer {
  readonly #options: PostgresServerOptions;
  readonly #logFd: number;
  readonly #logTimer: NodeJS.Timeout;
  #child: ChildProcess | undefined;
  #port = 0;
  #stopped: Promise<void> | undefined;

  private constructor(options: PostgresServerOptions) {
    this.#options = options;
    this.#logFd = openSync(this.#logFile, 'a+', 0o600);
    this.#boundLog();
    this.#logTimer = setInterval(() => this.#boundLog(), logCheckedEveryMs).unref();
  }

  static async start(options: PostgresServerOptions): Promise<PostgresServer> {
    const server = new PostgresServer(options);
    try {
      await server.#startOnFreePort();
      return server;
    } catch (error) {
      server.#close();
      throw error;
    }
  }

  get port(): number {
    return this.#port;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #startOnFreePort(): Promise<void> {
    for (let tries = 1; ; tries++) {
      this.#port = await findFreePort();
      const failure = await this.#startOnce();
      if (failure === undefined) return;
      const isTaken = failure.includes('Address already in use');
      if (!isTaken || tries === portTriesMax) throw new Error(`PostgreSQL did not start: ${failure}`);
    }
  }

  /** @returns what PostgreSQL said when it ended instead of getting ready */
  async #startOnce(): Promise<string | undefined> {
    const saidBefore = fstatSync(this.#logFd).size;
    const child = this.#spawn();
    let error: Error | undefined;
    child.once('error', (reason) => {
      error = reason;
    });
    while (isRunning(child) && !error && !isReady(this.#options.data, child.pid)) await sleep(pollMs);
    if (error) return error.message;
    if (!isRunning(child))
      return readFileSync(this.#logFile).subarray(saidBefore).toString().trim() || 'it said nothing';
    this.#watch(child);
    return undefined;
  }

  #spawn(): ChildProcess {
    const { place, data, account, postgres } = this.#options;
    const variable = { port: this.#port, cluster_name: clusterNameOf(place) };
    const flags = Object.entries({ ...settings, ...variable }).map(([name, value]) => `--${name}=${value}`);
    const { file, args, ...identity } = account.command(postgres, ['-D', data, ...flags]);
    // PostgreSQL has a session of its own, so that Ctrl-C in a terminal reaches the engine alone.
    const child = spawn(file, args, {
      ...identity,
      cwd: '/',
      detached: true,
      env: makeCleanEnvironment(),
      stdio: ['ignore', this.#logFd, this.#logFd],
    });
    const guard = spawnGuard(child);
    child.once('exit', () => guard?.kill('SIGKILL'));
    this.#child = child;
    return child;
  }

  #watch(child: ChildProcess): void {
    child.unref();
    child.once('exit', (code, signal) => {
      if (this.#stopped) return;
      this.#options.log.error('database.error', { reason: 'PostgreSQL ended by itself', code, signal });
      void this.#restart();
    });
  }

  async #restart(): Promise<void> {
    let delayMs = restartDelayMs.first;
    for (;;) {
      await sleep(delayMs, undefined, { ref: false });
      delayMs = Math.min(2 * delayMs, restartDelayMs.most);
      const failure = await endLeftovers(this.#options.place)
        .then(() => (this.#stopped ? undefined : this.#startOnce()))
        .catch((error: Error) => error.message);
      if (this.#stopped) return;
      if (failure === undefined) return this.#options.log.info('database.embedded', { did: 'restarted' });
      this.#options.log.error('database.error', { reason: failure });
    }
  }

  async #stop(): Promise<void> {
    this.#child?.ref();
    for (const { signal, waitMs } of shutdownSteps) {
      this.#child?.kill(signal);
      const until = Date.now() + waitMs;
      while (isRunning(this.#child) && Date.now() < until) await sleep(pollMs);
    }
    this.#close();
  }

  #close(): void {
    clearInterval(this.#logTimer);
    closeSync(this.#logFd);
  }

  #boundLog(): void {
    if (fstatSync(this.#logFd).size < logBytesMax) return;
    copyFileSync(this.#logFile, `${this.#logFile}.1`);
    ftruncateSync(this.#logFd); // PostgreSQL appends, so it goes on at the beginning.
  }

  get #logFile(): string {
    return join(this.#options.place, 'postgres.log');
  }
}

/** A shell that waits for the engine's end, however it comes, and then shuts PostgreSQL down. */
function spawnGuard({ pid }: ChildProcess): ChildProcess | undefined {
  if (pid === undefined) return undefined;
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', String(pid)], {
    cwd: '/',
    detached: true,
    env: makeCleanEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined); // Without this shell the next engine ends PostgreSQL.
  guard.stdin.on('error', () => undefined);
  (guard.stdin as Socket).unref();
  guard.unref();
  return guard;
}

function isRunning(child: ChildProcess | undefined): boolean {
  return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** PostgreSQL takes connections once the eighth line of its pid file says so. */
function isReady(data: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
