// A process that was started for a session, and whether what it was started for has begun: bubblewrap can fail before, when a
// file system of the machine goes away while it binds the folders, as Docker's do with each container.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { reportDescriptor } from './bubblewrap.ts';
import type { StartCommand } from './confinement.ts';

/** How often a command is started that did not begin: file systems rarely go away in the same instant again. */
export const startsMax = 5;

export type StartedProcess = {
  child: ChildProcess;
  /** Whether the process has failed before its command began; known once its streams are closed. */
  hasNotBegun(): boolean;
};

export function startCommand(
  { command, args, descriptor }: StartCommand,
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
): StartedProcess {
  try {
    const child = spawn(command, args, {
      ...options,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor, 'pipe' as const])],
    });
    if (descriptor === undefined) return { child, hasNotBegun: () => false };
    let report = '';
    child.stdio[reportDescriptor]
      ?.on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        report += chunk.toString('latin1');
      });
    return { child, hasNotBegun: () => hasFailedBefore(child.exitCode, report) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Bubblewrap ends with 1 when it fails itself, and reports a command's exit code only where one was run.
 * @param report what it wrote, a JSON document a line
 */
export const hasFailedBefore = (exitCode: number | null, report: string): boolean =>
  exitCode === 1 && !report.includes('"exit-code"');
