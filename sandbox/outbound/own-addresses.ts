// Reads this machine's addresses from the kernel, those of interfaces without a carrier too, at which the machine answers.
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/** Addresses are read anew for each connection, since Docker makes an interface for each network. */
export async function readOwnAddresses(): Promise<string[]> {
  const [trie, v6] = await Promise.all(['fib_trie', 'if_inet6'].map(readKernelFile));
  const known = Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address));
  return [...new Set([...parseLocalAddresses(trie ?? ''), ...parseV6Addresses(v6 ?? ''), ...known])];
}

/** Reads nothing where the kernel has no such file. */
const readKernelFile = (name: string): Promise<string> => readFile(`/proc/net/${name}`, 'latin1').catch(() => '');

/** @param trie the kernel's table of routes, in which an address is followed by its use */
export function parseLocalAddresses(trie: string): string[] {
  const found: string[] = [];
  let address = '';
  for (const line of trie.split('\n')) {
    address = /\|-- ([\d.]+)/.exec(line)?.[1] ?? address;
    if (line.includes('host LOCAL')) found.push(address);
  }
  return found;
}

/** @param table with a line for each address, which begins with it in hexadecimal */
export const parseV6Addresses = (table: string): string[] =>
  table.split('\n').flatMap((line) => {
    const groups = /^[0-9a-f]{32}(?= )/.exec(line)?.[0].match(/.{4}/g);
    return groups ? [groups.join(':')] : [];
  });
