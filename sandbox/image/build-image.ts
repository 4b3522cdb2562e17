// Builds the image that agents work in, for `npm run sandbox:build`; its base, too, where no registry can be reached.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { usageExitCode } from '../../schema/exit-codes.ts';
import { defaultImage, dockerfileLabel } from '../docker/container-settings.ts';
import { BuildError, ensureBaseImage, printLine, runVisibly, succeeds } from './base-image.ts';

const run = promisify(execFile);
const folder = path.dirname(fileURLToPath(import.meta.url));
const [image = defaultImage] = process.argv.slice(2);
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
  await ensureBaseImage();
  printLine(`building ${image}…`);
  await runVisibly('docker', ['build', '--quiet', '--tag', image, '--label', `${dockerfileLabel}=${hash}`, folder]);
  printLine(`${image} is ready`);
}

buildImage().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
