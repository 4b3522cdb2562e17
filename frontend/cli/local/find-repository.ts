// Whether this command is run from the repository of the engine, which an installed one isn't.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** How people run this command where they are. */
export const commandName = findRepository() === undefined ? 'lucid' : 'npx lucid';

/** Of the repository, where this file is in `frontend/cli/local/`. @returns undefined where that isn't there */
export function findRepository(): string | undefined {
  const root = path.resolve(fileURLToPath(import.meta.url), '../../../..');
  const isThere = ['engine/main.ts', 'engine/setup/bootstrap.mjs', 'frontend/cli/main.ts'].every((file) =>
    existsSync(path.join(root, file)),
  );
  return isThere ? root : undefined;
}
