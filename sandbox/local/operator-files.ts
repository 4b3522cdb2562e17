// Lists files of this machine's operator that confined commands must not read: keys and tokens.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** Files and folders of the home folder where people and providers' tools keep keys. */
const namesInHome = [
  '.aws',
  '.azure',
  '.cargo/credentials',
  '.cargo/credentials.toml',
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

/** Lists the files that exist; `.env` is the engine's own configuration. */
export const listOperatorFiles = (home = homedir(), engineFolder = process.cwd()): string[] =>
  [...namesInHome.map((name) => path.join(home, name)), path.join(engineFolder, '.env')].filter((file) =>
    existsSync(file),
  );
