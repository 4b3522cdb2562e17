// Names what a descriptor holds by a path that nothing can be swapped for.
import type { FileHandle } from 'node:fs/promises';

/**
 * Finds a file without opening it: no permission to read is needed, no FIFO is waited for and no device touched. Linux has
 * this flag, Node doesn't name it.
 */
export const O_PATH = 0o10000000;

export const descriptorFolder = '/proc/self/fd/';

export const descriptorPathOf = ({ fd }: FileHandle): string => `${descriptorFolder}${fd}`;
