// Builds the image that agents work in, for `npm run sandbox:build`; its base, too, where no registry can be reached.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { usageExitCode } from '../../schema/exit-codes.ts';
import { defaultImage, dockerfileLabel } from '../docker/container-settings.ts';
import { BuildError, ensureBaseImage, printLine, runVisibly, succeeds, withFolder } from './base-image.ts';

const run = promisify(execFile);
const folder = path.dirname(fileURLToPath(import.meta.url));
const isForRoot = process.argv.includes('--root');
const [image = defaultImage] = process.argv.slice(2).filter((word) => word !== '--root');
const usage = `usage: npm run sandbox:build -- [NAME] [--root]

  NAME  of the image that agents work in, ${defaultImage} unless told; SANDBOX_IMAGE tells the engine of another
  --root  makes NAME-root of it too, whose files belong to the agent: for SANDBOX_USER=namespace-root`;

async function checkDocker(): Promise<void> {
  if (!(await succeeds('docker', ['--version']))) throw new BuildError('Docker is not installed; install it first.');
  if (!(await succeeds('docker', ['info']))) throw new BuildError('The Docker daemon does not answer; start it first.');
}

/** The image has its Dockerfile's hash as a label, so that the same one isn't built again. */
async function isUpToDate(hash: string, name = image): Promise<boolean> {
  const format = `{{index .Config.Labels "${dockerfileLabel}"}}`;
  const found = await run('docker', ['image', 'inspect', '--format', format, name]).catch(() => undefined);
  return found?.stdout.trim() === hash;
}

async function buildImage(): Promise<void> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) return console.log(usage);
  if (image.startsWith('-') || process.argv.length > (isForRoot ? 4 : 3)) {
    console.error(usage);
    process.exitCode = usageExitCode;
    return;
  }
  await checkDocker();
  const dockerfile = await readFile(path.join(folder, 'Dockerfile'));
  const hash = createHash('sha256').update(dockerfile).digest('hex');
  if (!(await isUpToDate(hash))) await buildOwnImage(hash);
  else printLine(`${image} is up to date`);
  if (!isForRoot) return;
  if (!(await isUpToDate(hash, rootImage))) await buildRootImage(hash);
  else printLine(`${rootImage} is up to date`);
}

async function buildOwnImage(hash: string): Promise<void> {
  await ensureBaseImage();
  printLine(`building ${image}…`);
  await runVisibly('docker', ['build', '--quiet', '--tag', image, '--label', `${dockerfileLabel}=${hash}`, folder]);
  printLine(`${image} is ready`);
}

const rootImage = `${image}-root`;

/** Copies all into an image of one layer, as the agent's: in its namespace nobody may change what is another's. */
async function buildRootImage(hash: string): Promise<void> {
  const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{json .Config.Env}}', image]);
  const variables = (JSON.parse(stdout) as string[]).map((line) => `ENV ${line.replace('=', '="')}"`);
  const lines = [
    `FROM ${image} AS made`,
    'FROM scratch',
    'COPY --from=made --chown=1000:1000 / /',
    ...variables,
    'USER 1000:1000',
    'WORKDIR /workspace',
    'CMD ["sleep", "infinity"]',
  ];
  printLine(`building ${rootImage}…`);
  await withFolder(async (own) => {
    await writeFile(path.join(own, 'Dockerfile'), lines.join('\n'));
    const label = `${dockerfileLabel}=${hash}`;
    await runVisibly('docker', ['build', '--quiet', '--tag', rootImage, '--label', label, own]);
  });
  printLine(`${rootImage} is ready`);
}

buildImage().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
