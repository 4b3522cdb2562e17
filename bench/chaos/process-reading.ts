// What a process holds, read from the outside (Linux): its memory and its descriptors.
import { readdirSync, readFileSync } from 'node:fs';
import type { Sample } from './slope.ts';

const bytesPerKiB = 1024;

export function rssBytesOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * bytesPerKiB;
}

export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

export type Watch = { rssBytes: Sample[]; descriptors: Sample[]; end(): void };

/** Reads both again and again, until it is ended. */
export function watchProcess(pid: number, intervalMs: number): Watch {
  const rssBytes: Sample[] = [];
  const descriptors: Sample[] = [];
  const read = () => {
    const atMs = performance.now();
    rssBytes.push({ atMs, value: rssBytesOf(pid) });
    descriptors.push({ atMs, value: descriptorsOf(pid) });
  };
  read();
  const timer = setInterval(read, intervalMs);
  return { rssBytes, descriptors, end: () => clearInterval(timer) };
}

export const megabytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`;
