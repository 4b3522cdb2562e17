// Starts the command that the setup was for, passes on the terminal and signals, and ends as the command does.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { say } from './progress.mjs';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * @param {{ program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv }} command
 * @param {(end: { code: number | null, signal: NodeJS.Signals | null, wasToldToEnd: boolean }) => boolean} [takesOver]
 *   gets how the command ended; when it returns true, this process doesn't end with it
 */
export function handOver({ program, args, cwd, env }, takesOver = () => false) {
  let wasToldToEnd = false;
  const forward = (signal) => {
    wasToldToEnd = true;
    // Ctrl-C reaches the whole foreground group, so the command has it already; a second signal would end it at once.
    if (signal === 'SIGINT' && inForeground()) return;
    child.kill(signal);
  };
  for (const signal of forwarded) process.on(signal, forward);
  const child = spawn(program, args, { cwd, env, stdio: 'inherit' });

  child.on('error', (error) => {
    say(error.code === 'ENOENT' ? `there is no program named ${program}` : error.message);
    process.exit(127);
  });
  child.on('exit', (code, signal) => {
    for (const name of forwarded) process.off(name, forward);
    if (takesOver({ code, signal, wasToldToEnd })) return;
    if (signal === null) process.exit(code);
    process.kill(process.pid, signal);
  });
}

/** Whether this process belongs to the group that its terminal sends Ctrl-C to. */
function inForeground() {
  if (process.platform !== 'linux') return process.stdin.isTTY === true;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}
