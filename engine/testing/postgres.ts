// A PostgreSQL for tests, in a folder that is removed with it.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../database/embedded.ts';
import { nameOfProcess } from '../setup/lock-directory.mjs';

export type TestPostgres = {
  url: string;
  /** Signals PostgreSQL's first process, as an operator or a crash would; the embedded one starts again by itself. */
  signal(name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  stop(): Promise<void>;
};

const prefix = 'lucid-test-';
const quiet = { info() {}, warn: console.warn, error: console.error };

export async function startTestPostgres(): Promise<TestPostgres> {
  await removeAbandoned();
  const folder = join(tmpdir(), `${prefix}${nameOfProcess(process.pid)}`);
  await mkdir(folder, { mode: 0o711 }); // Root's PostgreSQL runs under another account, which has to get through.
  const { url, stop } = await startEmbedded({ directory: join(folder, 'postgres'), log: quiet });
  return {
    url,
    async signal(name) {
      const [pid] = (await readFile(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), name);
    },
    async stop() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** A run that was interrupted removes nothing; its PostgreSQL ended with it. */
async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  const abandoned = names.filter((name) => {
    const owner = name.slice(prefix.length);
    return nameOfProcess(Number.parseInt(owner, 10)) !== owner;
  });
  // Another run may be removing the same one, and another user's can't be removed.
  await Promise.allSettled(abandoned.map((name) => rm(join(tmpdir(), name), { recursive: true, force: true })));
}
