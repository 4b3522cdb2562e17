// The program of the API pages, Scalar, in `.runtime/`: one file of its package. The package's own dependencies, 240 MB of
// them, are in that file already, so npm fetches the package without installing it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeExpectedError, runNpm } from './npm.mjs';
import { say } from './progress.mjs';

const version = '1.46.4';
/** The hash of the package, as the registry has it. */
const integrity = 'sha512-EpCcOG15Ry8DKNs/f5AdRA97s1B5kGPekzANpnK0j1IpyU4Sb/mfdyfB00WC+vUo7hfc4BFRSkkiPa5SSM7fng==';
const fileInPackage = 'package/dist/browser/standalone.js';

/** The program's path in the clone. */
export const scalarFile = `.runtime/scalar-${version}.js`;

/** @param {string} root */
export const hasScalar = (root) => existsSync(join(root, scalarFile));

/**
 * Brings the program; a failure is only reported, since the engine runs without it.
 * @param {{ root: string, nodePath: string, signal: AbortSignal, lock: import('./lock-directory.mjs').Lock }} options
 */
export async function installScalar(options) {
  const { root, signal } = options;
  if (hasScalar(root)) return;
  const directory = join(root, '.runtime', 'scalar');
  try {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    await fetchScalar(options, directory);
    renameSync(join(directory, fileInPackage), join(root, scalarFile));
  } catch (error) {
    if (signal.aborted || !error.expected) throw error;
    say(`${error.message}\n  GET /docs shows no API page until \`npm run setup\` has brought it`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function fetchScalar({ root, nodePath, signal, lock }, directory) {
  const args = ['pack', `@scalar/api-reference@${version}`, '--pack-destination', directory];
  await runNpm(args, { doing: 'fetching the API pages', root, nodePath, signal, lock });
  const [name = ''] = readdirSync(directory);
  const archive = join(directory, name);
  const digest = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (`sha512-${digest}` !== integrity)
    throw makeExpectedError('the API pages are not what they were when they were chosen');
  execFileSync('tar', ['-xzf', archive, '-C', directory, fileInPackage], { stdio: 'ignore' });
}
