// Makes the image that the agents' one begins with, where no registry can be reached: Debian by debootstrap, this machine's
// own Node and npm, and the certificates that this machine trusts.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const baseImage = 'node:24-trixie-slim';
/** What the base begins with where it is made here. */
export const debianImage = 'debian:trixie-slim';
const debianRelease = 'trixie';

/** Where an operator of Debian puts certificates that the machine is to trust. */
const certificatesFolder = '/usr/local/share/ca-certificates';

export class BuildError extends Error {}

export const printLine = (line: string) => console.error(`sandbox: ${line}`);

/** Runs a program whose output people want to see. */
export async function runVisibly(command: string, args: string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new BuildError(`"${command} ${args[0] ?? ''}" failed; what it printed says why.`);
}

export const succeeds = (command: string, args: string[]): Promise<boolean> =>
  run(command, args).then(
    () => true,
    () => false,
  );

/** Pulls the base image, or makes it. */
export async function ensureBaseImage(): Promise<void> {
  if (await isThereOrPulled(baseImage)) return;
  await ensureDebianImage();
  printLine(`making ${baseImage} with this machine's Node…`);
  await withFolder(async (folder) => {
    await cp(process.execPath, path.join(folder, 'node'));
    await cp(await findNpm(), path.join(folder, 'npm'), { recursive: true, dereference: true });
    const certificates = path.join(folder, 'certificates');
    await mkdir(certificates);
    if (existsSync(certificatesFolder)) await cp(certificatesFolder, certificates, { recursive: true });
    await writeFile(path.join(folder, 'npmrc'), `registry=${(await run('npm', ['config', 'get', 'registry'])).stdout}`);
    await writeFile(path.join(folder, 'Dockerfile'), dockerfile);
    await runVisibly('docker', ['build', '--quiet', '--tag', baseImage, folder]);
  });
}

/** As far as the official image is needed. */
const dockerfile = `FROM ${debianImage}
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY npmrc /usr/local/etc/npmrc
COPY certificates ${certificatesFolder}
RUN cd /usr/local/bin && for name in npm npx; do ln -s ../lib/node_modules/npm/bin/$name-cli.js $name; done \\
 && update-ca-certificates && useradd --uid 1000 --user-group --create-home node
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
`;

async function findNpm(): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'command -v npm']);
  return path.dirname(path.dirname(await realpath(stdout.trim())));
}

export async function ensureDebianImage(): Promise<void> {
  if (await isThereOrPulled(debianImage)) return;
  printLine(`making ${debianImage} with debootstrap…`);
  await ensureDebootstrap();
  await withFolder(async (folder) => {
    await runVisibly('debootstrap', ['--variant=minbase', '--include=ca-certificates', debianRelease, folder]);
    await runVisibly('sh', ['-c', `rm -rf ${folder}/var/cache/apt/archives/*.deb ${folder}/var/lib/apt/lists/*`]);
    await runVisibly('sh', ['-c', `tar -C ${folder} -c . | docker import - ${debianImage}`]);
  });
}

async function isThereOrPulled(image: string): Promise<boolean> {
  if (await succeeds('docker', ['image', 'inspect', image])) return true;
  printLine(`pulling ${image}…`);
  return succeeds('docker', ['pull', '--quiet', image]);
}

export async function withFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp('/tmp/lucid-base-');
  try {
    await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ensureDebootstrap(): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) throw new BuildError(`${baseImage} can't be pulled, and only root can make it with debootstrap.`);
  if (existsSync('/usr/sbin/debootstrap')) return;
  printLine('installing debootstrap…');
  await runVisibly('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'debootstrap']);
}
