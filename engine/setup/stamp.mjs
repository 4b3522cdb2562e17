// The stamp of a finished install: which packages there are, and for which Node and machine.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The releases of Node that run TypeScript and that uWebSockets.js has binaries for. */
const usableMajors = [24, 26];

/** Rises when something is added that is done after an install, so that installed clones get it too. */
const repairs = 4;

/** @typedef {{ root: string, major: number }} Place a clone, and the Node that its packages are for */

/** @param {number} major */
export function isUsable(major) {
  return usableMajors.includes(major);
}

/**
 * Whether the stamp is current; it isn't after another install, which changes npm's own record.
 * @param {Place & { development: boolean }} options `development`: whether compiler, linter and test tools are needed too
 */
export function packagesAreReady({ root, major, development }) {
  const stamp = computeStamp({ root, major });
  const file = stampFileOf(root);
  if (development && !stamp.development) return false;
  return existsSync(file) && readFileSync(file, 'utf8') === JSON.stringify(stamp);
}

/** Whether compiler, linter and test tools are there. @param {string} root */
export function hasDevelopment(root) {
  return existsSync(join(root, 'node_modules/@biomejs/biome'));
}

/** @param {Place} place */
export function stampPackages(place) {
  writeFileSync(stampFileOf(place.root), JSON.stringify(computeStamp(place)));
}

function stampFileOf(root) {
  return join(root, 'node_modules', '.lucid-stamp.json');
}

function computeStamp({ root, major }) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return {
    lock: createHash('sha256').update(lock).digest('hex'),
    repairs,
    node: major,
    platform: `${process.platform}-${process.arch}`,
    development: hasDevelopment(root),
    installedAtMs: statSync(join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false })?.mtimeMs,
  };
}
