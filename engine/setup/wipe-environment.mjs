// Wipes variables from /proc/…/environ, where every process of the same account may read them and where deleting them leaves
// them.
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

/**
 * Overwrites the variables in the memory where the kernel keeps the environment of the process's start. They must be deleted
 * from `process.env` before. Changes nothing on systems without that memory.
 * @param {readonly string[]} names
 * @returns {boolean} whether all are gone
 */
export function wipeFromEnvironment(names) {
  let memory;
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [start, end] = [Number(fields[47]), Number(fields[48])]; // env_start and env_end, see proc_pid_stat(5).
    if (!(start > 0 && end > start)) return false;
    memory = openSync('/proc/self/mem', 'r+');
    const bytes = Buffer.alloc(end - start);
    readSync(memory, bytes, 0, bytes.length, start);
    for (const [from, to] of findEntries(bytes, names))
      writeSync(memory, Buffer.alloc(to - from), 0, to - from, start + from);
    return true;
  } catch {
    return false;
  } finally {
    if (memory !== undefined) closeSync(memory);
  }
}

/** The beginning and end of each entry with one of the names. */
function* findEntries(bytes, names) {
  for (let from = 0; from < bytes.length; ) {
    const next = bytes.indexOf(0, from);
    const to = next < 0 ? bytes.length : next;
    const entry = bytes.toString('latin1', from, to);
    if (names.some((name) => entry.startsWith(`${name}=`))) yield [from, to];
    from = to + 1;
  }
}
