// Which engines run from this clone, so that nothing replaces the packages under one: a file for each in `.runtime/engines`.
import { mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOfProcess } from './lock-directory.mjs';

/** Says that this process runs an engine until it ends. @param {string} root */
export function signInEngine(root) {
  const file = join(folderOf(root), nameOfProcess(process.pid) ?? `${process.pid}`);
  try {
    mkdirSync(folderOf(root), { recursive: true });
    writeFileSync(file, '');
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code)) throw error;
    return; // An engine also runs in a folder that it may not write to.
  }
  process.once('exit', () => removeFile(file));
}

/** @param {string} root @returns {number | undefined} the pid of an engine of this clone, other than this process */
export function findRunningEngine(root) {
  for (const name of listFiles(folderOf(root))) {
    const pid = Number.parseInt(name, 10);
    if (nameOfProcess(pid) !== name)
      removeFile(join(folderOf(root), name)); // It was killed.
    else if (pid !== process.pid) return pid;
  }
  return undefined;
}

const folderOf = (root) => join(root, '.runtime', 'engines');

function listFiles(folder) {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function removeFile(file) {
  try {
    unlinkSync(file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
