// Another commit beside this one: checked out into a temporary folder, prepared by its own setup, removed at the end.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The folder of this checkout. */
export const ownFolder = path.join(import.meta.dirname, '..');

/** @returns its short name, or undefined where the repository has no such commit */
export function findCommit(name: string, repository: string = ownFolder): string | undefined {
  try {
    return runGit(repository, ['rev-parse', '--short', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
  } catch {
    return undefined;
  }
}

/** @returns the folder, which is removed when this process ends by anything but SIGKILL */
export function checkOut(commit: string, repository: string = ownFolder): string {
  const parent = mkdtempSync(path.join(tmpdir(), `lucid-bench-${commit}-`));
  chmodSync(parent, 0o711); // Root's PostgreSQL runs under another account, which has to enter the folder.
  process.once('exit', () => removeCheckout(parent, repository));
  const folder = path.join(parent, 'checkout');
  runGit(repository, ['worktree', 'add', '--quiet', '--detach', folder, commit]);
  return folder;
}

function removeCheckout(parent: string, repository: string): void {
  rmSync(parent, { recursive: true, force: true, maxRetries: 3 });
  runGit(repository, ['worktree', 'prune']);
}

/** The commit installs its packages itself. */
export async function prepareCheckout(folder: string): Promise<void> {
  const npm = spawn('npm', ['run', '--silent', 'setup'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exitCode = await new Promise((resolve, reject) => npm.once('exit', resolve).once('error', reject));
  if (exitCode !== 0) throw new Error(`The other commit could not be prepared: npm ended with ${exitCode}.`);
}

const runGit = (repository: string, parameters: string[]): string =>
  execFileSync('git', parameters, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
