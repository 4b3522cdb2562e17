// The environment of Python that the client's checks run in: made once, in the user's cache, of exact versions.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withLock } from '../../../engine/setup/lock-directory.mjs';
import { leaveOut } from '../../../sandbox/testing/left-out.ts';

const run = promisify(execFile);
const home = path.join(import.meta.dirname, '..');
const requirements = path.join(home, 'requirements-dev.txt');
const oldest = [3, 10] as const;
const installTimeoutMs = 200_000;
/** Below the time that a test file may take. */
const runTimeoutMs = 280_000;

const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'lucid-python-client');

/** Runs a module of Python with these arguments; fails with all that it has printed. */
type RunModule = (args: readonly string[], environment?: Record<string, string>) => Promise<void>;

/** Declares tests of the client, or says why they are left out. */
export async function testWithPython(name: string, check: (runModule: RunModule) => Promise<void>): Promise<void> {
  const { runModule, missing } = await preparePython();
  const isRequired = process.env.REQUIRE_PYTHON_CLIENT === '1';
  if (runModule !== undefined) void test(name, () => check(runModule));
  else if (isRequired) throw new Error(`REQUIRE_PYTHON_CLIENT is 1, but ${missing}.`);
  else leaveOut(name, missing);
}

type Prepared = { runModule: RunModule; missing?: undefined } | { runModule?: undefined; missing: string };
let prepared: Promise<Prepared> | undefined;

/** Installs where that is needed; says what is missing where it can't. */
export function preparePython(): Promise<Prepared> {
  prepared ??= findPython();
  return prepared;
}

async function findPython(): Promise<Prepared> {
  const program = "import ensurepip, sys; print(*sys.version_info[:3], sep='.')";
  const version = await run('python3', ['-c', program]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (version === undefined) return { missing: 'python3 with venv is not installed' };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldest[0] || minor < oldest[1])
    return { missing: `python3 is ${version}, older than ${oldest.join('.')}` };
  const digest = createHash('sha256').update(readFileSync(requirements)).update(version).digest('hex').slice(0, 16);
  const folder = path.join(cache, digest);
  await mkdir(cache, { recursive: true });
  const waiting = { onWait: () => {}, signal: AbortSignal.timeout(2 * installTimeoutMs) };
  const missing = await withLock(path.join(cache, `${digest}.lock`), waiting, () => install(folder));
  return missing === undefined ? { runModule: makeRunModule(path.join(folder, 'bin/python')) } : { missing };
}

/** @returns why it can't be had, or undefined */
async function install(folder: string): Promise<string | undefined> {
  if (existsSync(folder)) return undefined;
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  try {
    await run('python3', ['-m', 'venv', unfinished]);
    const how = ['--quiet', '--disable-pip-version-check', '--no-input', '--retries', '3'];
    const python = path.join(unfinished, 'bin/python');
    await run(python, ['-m', 'pip', 'install', ...how, '-r', requirements], { timeout: installTimeoutMs });
    await rename(unfinished, folder);
    return undefined;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    return `what the Python client is checked with could not be installed (${reasonOf(error)})`;
  }
}

/** Programs say at the end of what they print why they have failed. */
const reasonOf = (error: unknown): string => {
  const printed = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  return printed.trim().split('\n').at(-1) || String(error);
};

const makeRunModule =
  (python: string): RunModule =>
  async (args, environment = {}) => {
    const env = { ...process.env, NODE: process.execPath, PYTHONDONTWRITEBYTECODE: '1', ...environment };
    await run(python, ['-m', ...args], { cwd: home, env, timeout: runTimeoutMs }).catch(
      (error: Error & { stdout: string; stderr: string }) => {
        throw new Error(`${args[0]} failed:\n${error.stdout}\n${error.stderr}\n${error.message}`);
      },
    );
  };
