// Files of this machine's operator that confined commands must not read: keys and tokens.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** Below the home folder; by habit, and by what providers' tools make. */
const inHome = [
  '.aws',
  '.azure',
  '.config/gcloud',
  '.config/gh',
  '.docker',
  '.git-credentials',
  '.gnupg',
  '.kube',
  '.netrc',
  '.npmrc',
  '.pgpass',
  '.pypirc',
  '.ssh',
];

/** Those that are there; `.env` is the engine's own configuration. */
export const listOperatorFiles = (home = homedir(), engineFolder = process.cwd()): string[] =>
  [...inHome.map((name) => path.join(home, name)), path.join(engineFolder, '.env')].filter((file) => existsSync(file));
