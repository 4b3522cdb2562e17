// Finds the toolchains that this machine's operator has installed at home or by hand, for commands to use read-only.
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export type Toolchain = {
  name: string;
  /** Its real folder on this machine. */
  folder: string;
  /** The folder of its programs, from its own; undefined where it has none. */
  programs?: string;
  /** The variable by which programs find the folder. */
  variable?: string;
};

/** Only what a program needs is listed: ~/.cargo itself also has credentials. */
export function findToolchains(home = homedir()): Toolchain[] {
  const at = (name: string) => path.join(home, name);
  const found: (Toolchain | undefined)[] = [
    toolchainIn('node', chooseNode(at('.nvm')), { programs: 'bin' }),
    toolchainIn('python', choosePython(at('.pyenv')), { programs: 'bin' }),
    toolchainIn('cargo', at('.cargo/bin'), { programs: '.' }),
    toolchainIn('rustup', at('.rustup'), { variable: 'RUSTUP_HOME' }),
    toolchainIn('go', '/usr/local/go', { programs: 'bin' }),
  ];
  return found.filter((toolchain) => toolchain !== undefined);
}

export const environmentOfToolchains = (
  toolchains: readonly Toolchain[],
): { programFolders: string[]; variables: Record<string, string> } => ({
  programFolders: toolchains.flatMap(({ folder, programs }) =>
    programs === undefined ? [] : path.join(folder, programs),
  ),
  variables: Object.fromEntries(
    toolchains.flatMap(({ folder, variable }) => (variable === undefined ? [] : [[variable, folder]])),
  ),
});

function toolchainIn(
  name: string,
  folder: string | undefined,
  more: Pick<Toolchain, 'programs' | 'variable'>,
): Toolchain | undefined {
  if (folder === undefined) return undefined;
  try {
    return { name, folder: realpathSync(folder), ...more };
  } catch {
    return undefined; // The machine has none.
  }
}

/** The version that nvm begins a shell with, where its name is a number; otherwise the newest. */
function chooseNode(nvm: string): string | undefined {
  const versions = listNames(path.join(nvm, 'versions/node')).sort(compareVersions).reverse();
  const wanted = readFirstLine(path.join(nvm, 'alias/default')).replace(/^v?/, 'v');
  const chosen = versions.find((version) => version === wanted || version.startsWith(`${wanted}.`)) ?? versions[0];
  return chosen === undefined ? undefined : path.join(nvm, 'versions/node', chosen);
}

/** The version that pyenv's `global` names. */
function choosePython(pyenv: string): string | undefined {
  const wanted = readFirstLine(path.join(pyenv, 'version'));
  return listNames(path.join(pyenv, 'versions')).includes(wanted) ? path.join(pyenv, 'versions', wanted) : undefined;
}

const compareVersions = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true });

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // The machine has none.
  }
}

function readFirstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? '';
  } catch {
    return ''; // The machine has none.
  }
}
