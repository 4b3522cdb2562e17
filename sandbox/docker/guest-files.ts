// Reads the files of the programs that run inside of containers.
import { readFileSync } from 'node:fs';

export const readGuestFile = (name: string): string =>
  readFileSync(new URL(`guest/${name}.py`, import.meta.url), 'utf8');
