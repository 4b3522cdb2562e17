// The console's pages, built into `frontend/console/dist/` when what they are made of has changed.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runWithProgress, say } from './progress.mjs';

const folder = 'frontend/console';
/** What the pages are made of; the lock stands for the packages. */
const folders = [folder, 'frontend/client', 'schema'];
const leftOut = /(^|\/)(node_modules|dist|testing)(\/|$)|\.test\.tsx?$|\.(md|sql)$/;

/** @param {string} root */
const stampFileOf = (root) => join(root, folder, 'dist', '.stamp');

/** @param {string} root */
export function isConsoleBuilt(root) {
  if (!existsSync(join(root, folder))) return true; // A clone without the console, as an image of the engine alone may be.
  const file = stampFileOf(root);
  return existsSync(file) && readFileSync(file, 'utf8') === computeStamp(root);
}

/**
 * Builds the pages; a failure is only reported, since the engine runs without them.
 * @param {{ root: string, nodePath: string, signal: AbortSignal }} options
 */
export async function buildConsole({ root, nodePath, signal }) {
  if (isConsoleBuilt(root)) return;
  if (!hasPackages(root)) return say('the console has no pages without its packages: `npm run setup` brings them');
  const stamp = computeStamp(root); // Before it is built, so that what changes meanwhile is built the next time.
  try {
    await runWithProgress('building the console', () => runBuild({ root, nodePath, signal }));
    writeFileSync(stampFileOf(root), stamp);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    say(`the engine starts without the console:\n${String(error.stderr || error.message).trim()}`);
  }
}

const runBuild = ({ root, nodePath, signal }) =>
  promisify(execFile)(nodePath, [join(root, folder, 'build.mjs')], { cwd: root, signal });

/** Those of the engine alone are enough to run it. */
const hasPackages = (root) =>
  [root, join(root, folder)].some((place) => existsSync(join(place, 'node_modules/vite/package.json')));

function computeStamp(root) {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', ...folders.flatMap((name) => listFiles(root, name))])
    hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** In an order that is always the same. */
function listFiles(root, directory) {
  const entries = readdirSync(join(root, directory), { withFileTypes: true }).filter(({ name }) => !leftOut.test(name));
  return entries
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${directory}/${entry.name}`;
      return entry.isDirectory() ? listFiles(root, path) : [path];
    });
}
