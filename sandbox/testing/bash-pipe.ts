// A bash of this machine as a shell's pipe, for tests of the open shell without any sandbox.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { KillTarget, ShellPipe } from '../shell/open-shell.ts';
import { markVariable } from '../shell/shell-lines.ts';

/** @param environment variables beside the test's own */
export function startBash(folder: string, environment: Record<string, string> = {}): ShellPipe {
  const env = { ...process.env, ...environment };
  const child = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined); // `ended` tells.
  return {
    write: (text) => void child.stdin.write(text),
    onOutput: (listener) => void child.stdout.on('data', listener),
    ended: new Promise((resolve) => {
      // Bash's last output may come after its end, and a background process may hold the output open for ever.
      child.once('exit', (code, signal) => setTimeout(() => resolve(signal ? 137 : code), 10));
    }),
    destroy: () => {
      child.kill('SIGKILL');
      child.stdin.destroy();
      child.stdout.destroy();
    },
  };
}

/** Ends what carries the mark, and bash. @returns the folder that bash was in */
export async function killMarkedHere({ mark, shellPid }: KillTarget): Promise<string> {
  const folder = readlinkSync(`/proc/${shellPid}/cwd`);
  for (const pid of [shellPid, ...findMarkedProcesses(mark)]) killSilently(pid);
  return folder;
}

export function findMarkedProcesses(mark: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${markVariable}=${mark}`);
    } catch {
      return false; // The process has ended meanwhile.
    }
  });
}

function killSilently(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended already.
  }
}
