// Builds the image that agents work in, for `npm run sandbox:build`; its base, too, where no registry can be reached.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { usageExitCode } from '../../schema/exit-codes.ts';
import { defaultImage, dockerfileLabel } from '../docker/container-settings.ts';

const run = promisify(execFile);
const folder = path.dirname(fileURLToPath(import.meta.url));
const [image = defaultImage] = process.argv.slice(2);
const base = 'debian:bookworm-slim';

class BuildError extends Error {}

const printLine = (line: string) => console.error(`sandbox: ${line}`);

/** Runs a program whose output people want to see. */
async function runVisibly(command: string, args: string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new BuildError(`"${command} ${args[0] ?? ''}" failed; what it printed says why.`);
}

const succeeds = (command: string, args: string[]): Promise<boolean> =>
  run(command, args).then(
    () => true,
    () => false,
  );

const usage = `usage: npm run sandbox:build -- [NAME]

  NAME  of the image that agents work in, ${defaultImage} unless told; SANDBOX_IMAGE tells the engine of another`;

async function checkDocker(): Promise<void> {
  if (!(await succeeds('docker', ['--version']))) throw new BuildError('Docker is not installed; install it first.');
  if (!(await succeeds('docker', ['info']))) throw new BuildError('The Docker daemon does not answer; start it first.');
}

/** The image has its Dockerfile's hash as a label, so that the same one isn't built again. */
async function isUpToDate(hash: string): Promise<boolean> {
  const format = `{{index .Config.Labels "${dockerfileLabel}"}}`;
  const found = await run('docker', ['image', 'inspect', '--format', format, image]).catch(() => undefined);
  return found?.stdout.trim() === hash;
}

async function ensureBase(): Promise<void> {
  if (await succeeds('docker', ['image', 'inspect', base])) return;
  printLine(`pulling ${base}…`);
  if (await succeeds('docker', ['pull', '--quiet', base])) return;
  printLine(`${base} can't be pulled; making it with debootstrap…`);
  await ensureDebootstrap();
  const root = await mkdtemp('/tmp/lucid-base-');
  try {
    await runVisibly('debootstrap', ['--variant=minbase', 'bookworm', root]);
    await runVisibly('sh', ['-c', `tar -C ${root} -c . | docker import - ${base}`]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function ensureDebootstrap(): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const isThere = existsSync('/usr/sbin/debootstrap');
  if (isThere && isRoot) return;
  if (!isRoot) throw new BuildError(`${base} can't be pulled, and only root can make it with debootstrap.`);
  printLine('installing debootstrap…');
  await runVisibly('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'debootstrap']);
}

async function buildImage(): Promise<void> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) return console.log(usage);
  if (image.startsWith('-') || process.argv.length > 3) {
    console.error(usage);
    process.exitCode = usageExitCode;
    return;
  }
  await checkDocker();
  const dockerfile = await readFile(path.join(folder, 'Dockerfile'));
  const hash = createHash('sha256').update(dockerfile).digest('hex');
  if (await isUpToDate(hash)) return printLine(`${image} is up to date`);
  await ensureBase();
  printLine(`building ${image}…`);
  await runVisibly('docker', ['build', '--quiet', '--tag', image, '--label', `${dockerfileLabel}=${hash}`, folder]);
  printLine(`${image} is ready`);
}

buildImage().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
