// A PostgreSQL for tests, in a folder that is removed at its end.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../database/embedded.ts';
import { nameOfProcess } from '../setup/lock-directory.mjs';

export type TestPostgres = {
  url: string;
  /** The signal goes to PostgreSQL's first process; the embedded one starts again by itself. */
  signal(name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  stop(): Promise<void>;
};

const prefix = 'lucid-test-';
const quiet = { info() {}, warn: console.warn, error: console.error };

export async function startTestPostgres(): Promise<TestPostgres> {
  await removeAbandoned();
  const folder = join(tmpdir(), `${prefix}${nameOfProcess(process.pid)}`);
  await mkdir(folder, { mode: 0o711 }); // Root's PostgreSQL runs under another account, which has to enter the folder.
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

/** Folders of interrupted runs are removed, whose PostgreSQL has ended with them. */
async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  const abandoned = names.filter((name) => {
    const owner = name.slice(prefix.length);
    return nameOfProcess(Number.parseInt(owner, 10)) !== owner;
  });
  // A folder may be another run's to remove, or another user's.
  await Promise.allSettled(abandoned.map((name) => rm(join(tmpdir(), name), { recursive: true, force: true })));
}
