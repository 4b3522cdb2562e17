// Packages for one test that are too large for the project's own: installed once, beside them, by exact version.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const runtime = fileURLToPath(new URL('../../.runtime/', import.meta.url));
const installTimeoutMs = 200_000;

export class PackagesBeside {
  readonly folder: string;
  readonly #packages: readonly string[];
  readonly #files: Readonly<Record<string, string>>;

  /** @param packages as `name@1.2.3` @param files contents by name, written beside the packages */
  constructor(name: string, packages: readonly string[], files: Readonly<Record<string, string>> = {}) {
    this.folder = path.join(runtime, name);
    this.#packages = packages;
    this.#files = files;
  }

  /** @returns why the packages can't be installed, or undefined */
  async install(): Promise<string | undefined> {
    if (existsSync(this.folder)) return undefined;
    await mkdir(runtime, { recursive: true });
    const unfinished = await mkdtemp(`${this.folder}.unfinished-`);
    try {
      await writeFile(path.join(unfinished, 'package.json'), '{"private":true,"type":"module"}');
      const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
      await run('npm', ['install', ...flags, ...this.#packages], { cwd: unfinished, timeout: installTimeoutMs });
      for (const [name, text] of Object.entries(this.#files)) await writeFile(path.join(unfinished, name), text);
      await rename(unfinished, this.folder);
      return undefined;
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      return existsSync(this.folder) ? undefined : `${this.#packages[0]} could not be installed (${error})`;
    }
  }
}
