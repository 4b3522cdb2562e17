// The real pgbouncer before a PostgreSQL, in transaction mode, as many deployments have it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../database/embedded/free-port.ts';

const program = '/usr/sbin/pgbouncer';

/** Why there is no pgbouncer; undefined where there is. */
export const pgbouncerProblem = existsSync(program) ? undefined : 'pgbouncer is not installed';

export class Pgbouncer {
  readonly url: string;
  /** The URL by pgbouncer's Unix socket. */
  readonly socketUrl: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, socketUrl: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.socketUrl = socketUrl;
    this.#child = child;
    this.#folder = folder;
  }

  /** All clients share two connections to PostgreSQL, so that none keeps one. */
  static async start(databaseUrl: string): Promise<Pgbouncer> {
    const { username, password, hostname, port, pathname } = new URL(databaseUrl);
    const folder = await mkdtemp(path.join(tmpdir(), 'lucid-pgbouncer-'));
    await chmod(folder, 0o777); // Root's pgbouncer runs under another account.
    const ownPort = await findFreePort();
    const settings = `
[databases]
* = host=${hostname} port=${port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir = ${folder}
auth_type = ${password === '' ? 'any' : 'plain'}
auth_file = ${folder}/users
pool_mode = transaction
default_pool_size = 2
logfile =
`;
    await writeFile(path.join(folder, 'users'), `"${username}" "${password}"\n`);
    await writeFile(
      path.join(folder, 'settings'),
      password === '' ? settings.replace('* =', `* = user=${username}`) : settings,
    );
    const account = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawn(program, ['-q', ...account, path.join(folder, 'settings')], { stdio: 'ignore' });
    const credentials = password === '' ? username : `${username}:${password}`;
    const url = `postgresql://${credentials}@127.0.0.1:${ownPort}${pathname}`;
    for (let tries = 0; !existsSync(path.join(folder, `.s.PGSQL.${ownPort}`)) && tries < 600; tries++) await delay(50);
    return new Pgbouncer(url, `postgresql://${credentials}@${pathname}?host=${folder}&port=${ownPort}`, child, folder);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
