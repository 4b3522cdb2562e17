// Finds out from the kernel's routes and interfaces whether an address is on a bridge that only containers are on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import path from 'node:path';
import { isInRange } from '../outbound/address.ts';

/** A network that the machine is on, and the machine's interface there. */
type KernelRoute = { range: string; name: string };

/** The kernel also lists interfaces without a container on them, which `networkInterfaces` leaves out. */
const routesPath = '/proc/net/route';
const interfacesPath = '/sys/class/net';

/** @param text an IPv4 address in its usual spelling; any other text is on no bridge */
export function isOnContainerBridge(text: string): boolean {
  const name = existsSync(routesPath) ? findInterface(text, readFileSync(routesPath, 'ascii')) : undefined;
  return name !== undefined && isContainerBridge(name);
}

/** @param table as the kernel writes it: little-endian hexadecimal numbers below a line of headings */
export function findInterface(text: string, table: string): string | undefined {
  if (!isIPv4(text)) return undefined;
  const routes = parseRoutes(table).filter(({ range }) => isInRange(text, range));
  return routes.toSorted((a, b) => bitsOf(b) - bitsOf(a))[0]?.name;
}

function parseRoutes(table: string): KernelRoute[] {
  return table.split('\n').flatMap((line) => {
    const [name = '', base = '', gateway = '', , , , , mask = ''] = line.split(/\s+/);
    const isOwn = /^0{8}$/.test(gateway) && /^[0-9A-F]{8}$/.test(mask) && !/^0{8}$/.test(mask);
    return isOwn ? [{ range: `${toDotted(base)}/${countOnes(mask)}`, name }] : [];
  });
}

const toDotted = (hex: string): string => [...Buffer.from(hex, 'hex')].reverse().join('.');
const countOnes = (hex: string): number => Number.parseInt(hex, 16).toString(2).replaceAll('0', '').length;
const bitsOf = ({ range }: KernelRoute): number => Number(range.split('/')[1]);

/** A bridge of Docker has a port for each container and no other; a bridge to the network outside has a device as a port. */
function isContainerBridge(name: string): boolean {
  const ports = path.join(interfacesPath, name, 'brif');
  return existsSync(ports) && readdirSync(ports).every((port) => !leadsOutside(port));
}

/** Whether the port is hardware, or made from what may be hardware: a bond, a VLAN. */
function leadsOutside(port: string): boolean {
  const files = readdirSync(path.join(interfacesPath, port));
  return files.some((file) => file === 'device' || file.startsWith('lower_'));
}
