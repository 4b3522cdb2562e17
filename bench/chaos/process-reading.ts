// Reads what another process holds (Linux): its memory, its descriptors, and its wait for a processor.
import { readdirSync, readFileSync } from 'node:fs';
import type { Sample } from './slope.ts';

const bytesPerKiB = 1024;

export function readRssBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * bytesPerKiB;
}

export const countDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** @returns how long the main thread has waited for a processor since its start */
export function readWaitedMs(pid: number): number {
  const [, waitedNs] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
  return Number(waitedNs) / 1e6;
}

export type Watch = { rssBytes: Sample[]; descriptors: Sample[]; end(): void };

export function watchProcess(pid: number, intervalMs: number): Watch {
  const rssBytes: Sample[] = [];
  const descriptors: Sample[] = [];
  const read = () => {
    const atMs = performance.now();
    rssBytes.push({ atMs, value: readRssBytes(pid) });
    descriptors.push({ atMs, value: countDescriptors(pid) });
  };
  read();
  const timer = setInterval(read, intervalMs);
  return { rssBytes, descriptors, end: () => clearInterval(timer) };
}

export const formatMegabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`;
