// The names of a server's tools as models call them: the server's in front, unique, and legal for every provider. Pure.
import { serverSeparator } from '../tools/offered-tools.ts';

/** Google's limit, the least of all providers. */
const nameCharsMax = 64;

/** @returns the server's own names by those that models call; in the order of the server's list */
export function nameServedTools(server: string, names: readonly string[]): Map<string, string> {
  const named = new Map<string, string>();
  for (const name of names) {
    const wanted = `${server}${serverSeparator}${name.replaceAll(/[^a-zA-Z0-9_-]+/g, '_')}`.slice(0, nameCharsMax);
    let free = wanted;
    for (let number = 2; named.has(free); number++) free = `${wanted.slice(0, nameCharsMax - 4)}_${number}`;
    named.set(free, name);
  }
  return named;
}
