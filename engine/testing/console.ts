// The console's pages, built once for the tests that need them; where their packages are missing such tests are left out.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole, isConsoleBuilt } from '../setup/console.mjs';
import { withLock } from '../setup/lock-directory.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Test files run beside each other, so one builds and the others wait. @throws where it can't be built */
export async function requireConsole(): Promise<void> {
  if (isConsoleBuilt(root)) return;
  const { signal } = new AbortController();
  await withLock(join(root, '.runtime', 'console-lock'), { onWait: () => undefined, signal }, () =>
    buildConsole({ root, nodePath: process.execPath, signal }),
  );
  if (!isConsoleBuilt(root)) throw new Error('The console could not be built: see what was said above.');
}
