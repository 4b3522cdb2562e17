// Programs that Go builds once for tests, and that are kept in the user's cache. Where one is missing, its tests say in one line
// what they leave out and why; where it is required, as in CI, it is built, and without Go that fails.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** Two minutes and more on two busy processors, with what it downloads. */
const buildTimeoutMs = 900_000;

export type GoProgram = { name: string; package: string; version: string };

const folderOf = ({ name, version }: GoProgram) =>
  path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), `lucid-${name}`, version);

export const pathOf = (program: GoProgram): string => path.join(folderOf(program), program.name);

/**
 * @param variable with 1 the program is required
 * @returns why tests of the program can't run here; undefined where they can
 * @throws where it is required
 */
export async function findReasonToLeaveOut(program: GoProgram, variable: string): Promise<string | undefined> {
  if (existsSync(pathOf(program))) return undefined;
  if (process.env[variable] !== '1')
    return `${program.name} ${program.version} is not there; ${variable}=1 builds it with Go`;
  const reason = await buildGoProgram(program);
  if (reason !== undefined) throw new Error(`${variable} is 1, but ${reason}.`);
  return undefined;
}

/** @returns why it could not be built; undefined where it is there */
export async function buildGoProgram(program: GoProgram): Promise<string | undefined> {
  if (existsSync(pathOf(program))) return undefined;
  const folder = folderOf(program);
  await mkdir(folder, { recursive: true });
  const env = { ...process.env, GOBIN: folder };
  return promisify(execFile)('go', ['install', `${program.package}@${program.version}`], {
    env,
    timeout: buildTimeoutMs,
  }).then(
    () => undefined,
    (error: Error) => `${program.name} could not be built (${error.message.slice(0, 300)})`,
  );
}

export const versitygw: GoProgram = {
  name: 'versitygw',
  package: 'github.com/versity/versitygw/cmd/versitygw',
  version: 'v1.8.0',
};
