// Describes the machine that the figures come from.
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { median } from './statistics.ts';

export type Machine = {
  /** The name has no host name in it, since result files are shared. */
  name: string;
  cores: number;
  processor: string;
  memoryBytes: number;
  system: string;
  node: string;
  /** The commit, with `+` where files differ from it. */
  commit: string;
  /** A small durable write where the embedded PostgreSQL is, for which a COMMIT waits at the least. */
  syncMs: number;
};

export const cores = os.availableParallelism();

export const describeMachine = (): Machine => ({
  name: `${process.platform}-${process.arch}-${cores}-${cores === 1 ? 'core' : 'cores'}`,
  cores,
  processor: os.cpus()[0]?.model.trim() ?? 'unknown',
  memoryBytes: os.totalmem(),
  system: `${os.type()} ${os.release()} ${os.arch()}`,
  node: process.version,
  commit: readCommit(import.meta.dirname),
  syncMs: measureSyncMs(),
});

/** @returns how long all cores together have worked, for any process */
export const readMachineBusyMs = (): number =>
  os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

/** Descriptors of a process of the bench beside its sockets. */
export const filesBesideSockets = 200;

export function readOpenFilesMax(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | 'unlimited' } } };
  const limit = report.userLimits?.open_files?.soft;
  return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY;
}

function readCommit(folder: string): string {
  const git = (...parameters: string[]) =>
    execFileSync('git', parameters, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown'; // The folder is no clone, or there is no git.
  }
}

const syncs = 50;
const pageBytes = 8_192;

function measureSyncMs(): number {
  const file = path.join(os.tmpdir(), `lucid-bench-sync-${process.pid}`);
  const descriptor = openSync(file, 'w');
  try {
    const samples = Array.from({ length: syncs }, () => {
      const startedAtMs = performance.now();
      writeSync(descriptor, Buffer.alloc(pageBytes));
      fdatasyncSync(descriptor);
      return performance.now() - startedAtMs;
    });
    return median(samples);
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
}
