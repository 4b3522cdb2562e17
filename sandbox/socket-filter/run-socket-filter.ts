// Runs the socket filter as a program of the compose file: before Docker's socket, with one of its own in a folder.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { v7 as uuid } from 'uuid';
import { badConfigExitCode } from '../../schema/exit-codes.ts';
import { defaultImage } from '../docker/container-settings.ts';
import { parseImagePattern } from '../docker/devcontainer-images.ts';
import { SocketFilter } from './socket-filter.ts';

const usage = `Usage: node sandbox/socket-filter/run-socket-filter.ts [options] DOCKER_SOCKET FOLDER
  --image NAME      of sandboxes
  --user USER       whom commands run as: agent, or namespace-root
  --devcontainer-images NAMES  that a repository may ask for, separated by commas; whole, or beginnings with *
  --runtime NAME    for them, if it is not Docker's own
  --network NAME    the operator's; by itself the engine makes one
  --ready-file FILE is made once the filter is open, or shut for want of Docker`;

const named = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  options: {
    image: named,
    user: named,
    'devcontainer-images': named,
    network: named,
    runtime: named,
    'ready-file': named,
  },
  allowPositionals: true,
});
const [daemonPath, folder] = positionals;
const log = (entry: Record<string, string>) => console.log(JSON.stringify(entry));

if (daemonPath === undefined || folder === undefined) {
  console.error(usage);
  process.exit(badConfigExitCode);
}

/** The id is kept in a file, so that the filter knows what was made through it after a restart, too. */
function readFilterId(folder: string): string {
  const file = path.join(folder, 'id');
  mkdirSync(folder, { recursive: true });
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const filterId = uuid();
    writeFileSync(file, filterId);
    return filterId;
  }
}

const readPatterns = (list: string): string[] =>
  list.split(',').flatMap((item) => parseImagePattern(item.trim()) ?? []);

const dayMs = 86_400_000;

/** Makes no socket where there is no Docker, by which the engine tells at once that it can't use Docker. */
async function openFilter(daemonPath: string, folder: string): Promise<void> {
  const socketPath = path.join(folder, 'docker.sock');
  rmSync(socketPath, { force: true }); // A filter that was killed left it.
  if (!statSync(daemonPath).isSocket()) {
    setInterval(() => undefined, dayMs); // Keeps the program from ending and being restarted.
    return log({ msg: 'gate.shut', reason: `${daemonPath} is no socket` });
  }
  const filter = await SocketFilter.open({
    daemonPath,
    socketPath,
    allowed: {
      filterId: readFilterId(folder),
      network: values.network || undefined,
      image: values.image || defaultImage,
      user: values.user === 'namespace-root' ? 'namespace-root' : 'agent',
      devcontainerImages: readPatterns(values['devcontainer-images'] ?? ''),
      runtime: values.runtime || undefined,
    },
    onRefused: (refused) => log({ msg: 'gate.refused', ...refused }),
  });
  log({ msg: 'gate.opened' });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void filter.close());
}

await openFilter(daemonPath, folder);
if (values['ready-file'] !== undefined) writeFileSync(values['ready-file'], '');
