// How much memory a write takes while it waits to be stored.
import type { Write } from '../schema/thread.ts';

/** Ids, numbers and objects around the texts. */
const frameworkBytes = 500;

/** In bytes, about: two for each UTF-16 unit of its texts. */
export function bytesOf(write: Write): number {
  if (write.kind === 'update') return frameworkBytes;
  if (write.kind === 'open') return frameworkBytes + 2 * charsOf(write.record.settings);
  const { event, frame } = write;
  return frameworkBytes + 2 * (event.content.length + frame.length + charsOf(event.metadata));
}

/** All texts in a value, the names of fields left out. */
function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let chars = 0;
  for (const part of Object.values(value)) chars += charsOf(part);
  return chars;
}
