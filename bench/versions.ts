// The versions of what is measured, and of what measures it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findPrograms } from '../engine/database/embedded/programs.ts';
import { readServerVersion } from './database.ts';

/** By name: Node, PostgreSQL and every package, whose versions are exact. */
export type Versions = Record<string, string>;

type Packages = Record<string, string>;
type PackageFile = { dependencies?: Packages; devDependencies?: Packages };

/** @param databaseUrl of the server that is measured on; the embedded PostgreSQL where there is none */
export async function readVersions(databaseUrl: string | undefined): Promise<Versions> {
  const packages = ['../package.json', 'package.json']
    .flatMap((file) => Object.entries(readPackages(path.join(import.meta.dirname, file))))
    .filter(([name]) => !name.startsWith('@types/'))
    .map(([name, version]) => [name, version.slice(version.lastIndexOf('@') + 1)]);
  const postgresql = databaseUrl ? await readServerVersion(databaseUrl) : await readEmbeddedVersion();
  return { node: process.versions.node, postgresql, ...Object.fromEntries(packages) };
}

function readPackages(file: string): Packages {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as PackageFile;
  return { ...dependencies, ...devDependencies };
}

async function readEmbeddedVersion(): Promise<string> {
  const { postgres } = await findPrograms();
  const printed = execFileSync(postgres, ['--version'], { encoding: 'utf8' });
  return printed.trim().split(' ').at(-1) ?? printed;
}
