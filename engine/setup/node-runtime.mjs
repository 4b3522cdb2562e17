// The Node that the engine runs on: the running one where it is new enough, else Node 24 in `.runtime/`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeExpectedError, runNpm } from './npm.mjs';
import { isUsable } from './stamp.mjs';

export const pinnedVersion = '24.21.0';

/** @typedef {{ path: string, major: number }} UsableNode */

/**
 * @param {string} root
 * @param {{ version: string, path: string }} [running]
 * @returns {UsableNode | undefined} undefined when there is none yet
 */
export function findUsableNode(root, running = { version: process.versions.node, path: process.execPath }) {
  const major = Number.parseInt(running.version, 10);
  const { path, stamp } = pathsIn(root);
  if (isUsable(major) && running.path !== path) return { path: running.path, major };
  return existsSync(path) && isStampCurrent(stamp) ? pinnedNodeAt(path) : undefined;
}

/**
 * @param {{ root: string, signal: AbortSignal, lock: import('./lock-directory.mjs').Lock }} options
 * @returns {Promise<UsableNode>}
 */
export async function installNode({ root, signal, lock }) {
  const { directory, path, stamp } = pathsIn(root);
  if (readVersion(path) !== pinnedVersion) {
    // npm would take the remains of an interrupted install for the whole package.
    rmSync(join(directory, 'node_modules'), { recursive: true, force: true });
    // The package `node` would fetch this one in an install script, and scripts may be switched off.
    const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
    const binary = `node@npm:${prefix}-${process.platform}-${process.arch}@${pinnedVersion}`;
    const doing = `installing Node ${pinnedVersion} into .runtime (this is Node ${process.versions.node})`;
    const args = ['install', '--prefix', directory, '--no-save', '--no-package-lock', binary];
    await runNpm(args, { doing, root, nodePath: process.execPath, signal, lock });
  }
  if (readVersion(path) !== pinnedVersion) {
    throw makeExpectedError(
      `Node ${pinnedVersion} for ${process.platform} ${process.arch} doesn't run here; install Node 24`,
    );
  }
  writeFileSync(stamp, expectedStamp());
  return pinnedNodeAt(path);
}

/**
 * Makes `node` the given one in all scripts of npm, which look for programs in node_modules/.bin first.
 * @param {string} root
 * @param {string} path
 */
export function linkNode(root, path) {
  const link = join(root, 'node_modules/.bin/node');
  if (path !== pathsIn(root).path) return rmSync(link, { force: true });
  if (existsSync(link)) return;
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  rmSync(link, { force: true }); // A broken link.
  symlinkSync('../../.runtime/node_modules/node/bin/node', link);
}

function pathsIn(root) {
  const directory = join(root, '.runtime');
  return { directory, path: join(directory, 'node_modules/node/bin/node'), stamp: join(directory, 'node-version') };
}

function pinnedNodeAt(path) {
  return { path, major: Number.parseInt(pinnedVersion, 10) };
}

function expectedStamp() {
  return `${pinnedVersion} ${process.platform} ${process.arch}\n`;
}

function isStampCurrent(stamp) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === expectedStamp();
}

/** @returns {string | undefined} undefined when it can't be run */
function readVersion(path) {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .slice(1);
  } catch {
    return undefined;
  }
}
