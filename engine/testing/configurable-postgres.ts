// A PostgreSQL that a test may reconfigure: with TLS by certificates of its own, or with other access rules.
import { execFile } from 'node:child_process';
import { appendFile, chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'slonik';
import { waitUntil } from '../../sandbox/testing/wait-until.ts';
import { startEmbedded } from '../database/embedded.ts';
import { runStatement } from './database.ts';

const run = promisify(execFile);

export class ConfigurablePostgres {
  readonly folder: string;
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(folder: string, url: string, stop: () => Promise<void>) {
    this.folder = folder;
    this.url = url;
    this.#stop = stop;
  }

  static async start(): Promise<ConfigurablePostgres> {
    const folder = await mkdtemp(path.join(tmpdir(), 'lucid-own-server-'));
    await chmod(folder, 0o711); // Root's PostgreSQL runs under another account, which has to enter the folder.
    const quiet = { info() {}, warn: console.warn, error: console.error };
    const { url, stop } = await startEmbedded({ directory: path.join(folder, 'postgres'), log: quiet });
    return new ConfigurablePostgres(folder, url, stop);
  }

  get rootCertificate(): string {
    return path.join(this.folder, 'tls', 'root.crt');
  }

  /** @param query parameters of the URL @param host in place of 127.0.0.1 */
  makeUrl(query: string, host = '127.0.0.1'): string {
    return `${this.url.replace('127.0.0.1', host)}?${query}`;
  }

  /** The certificate is for `localhost`, signed by an authority of the test. */
  async switchTlsOn(): Promise<void> {
    const tls = path.join(this.folder, 'tls');
    await mkdir(tls);
    const make = (...args: string[]) => run('openssl', args, { cwd: tls });
    const fresh = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
    await make('req', '-x509', ...fresh, '-keyout', 'root.key', '-out', 'root.crt', '-subj', '/CN=a test’s authority');
    await make('req', ...fresh.slice(0, 3), '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
    await writeFile(path.join(tls, 'names'), 'subjectAltName=DNS:localhost\n');
    const signed = ['-CA', 'root.crt', '-CAkey', 'root.key', '-CAcreateserial', '-extfile', 'names', '-days', '2'];
    await make('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.crt');
    for (const name of ['server.key', 'server.crt']) await this.#writeData(name, await readFile(path.join(tls, name)));
    await runStatement(this.url, sql.unsafe`ALTER SYSTEM SET ssl = on`);
    await this.reload();
  }

  /** @param rules the content of pg_hba.conf */
  async setAccessRules(rules: string): Promise<void> {
    await this.#writeData('pg_hba.conf', Buffer.from(rules));
    await this.reload();
  }

  async reload(): Promise<void> {
    const pid = Number((await readFile(path.join(this.#data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    const countReloads = async () => (await readFile(this.#log, 'utf8')).split('received SIGHUP').length;
    const before = await countReloads();
    process.kill(pid, 'SIGHUP');
    await waitUntil(async () => (await countReloads()) > before); // It takes no connection before it is done.
  }

  async stop(): Promise<void> {
    await this.#stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #log(): string {
    return path.join(this.folder, 'postgres', 'postgres.log');
  }

  get #data(): string {
    return path.join(this.folder, 'postgres', 'data');
  }

  async #writeData(name: string, content: Buffer): Promise<void> {
    const { uid, gid } = await stat(this.#data);
    const file = path.join(this.#data, name);
    await rm(file, { force: true });
    await appendFile(file, content, { mode: 0o600 });
    await chown(file, uid, gid);
  }
}
