// The socket filter as a program, which the compose file runs: before Docker's socket, with one of its own in a folder.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { v7 as uuid } from 'uuid';
import { badConfigExitCode } from '../../schema/exit-codes.ts';
import { defaultImage } from '../docker/container-settings.ts';
import { SocketFilter } from './socket-filter.ts';

const usage = `Usage: node sandbox/socket-filter/run-socket-filter.ts [options] DOCKER_SOCKET FOLDER
  --image NAME      of sandboxes
  --runtime NAME    for them, if it is not Docker's own
  --network NAME    the operator's; by itself the engine makes one
  --ready-file FILE is made once the filter is open, or shut for want of Docker`;

const named = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  options: { image: named, network: named, runtime: named, 'ready-file': named },
  allowPositionals: true,
});
const [daemonPath, folder] = positionals;
const say = (entry: Record<string, string>) => console.log(JSON.stringify(entry));

if (daemonPath === undefined || folder === undefined) {
  console.error(usage);
  process.exit(badConfigExitCode);
}

/** What was made through this filter is known to be the engine's after a restart too. */
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

const dayMs = 86_400_000;

/** Where there is no Docker the filter's socket isn't there either, which an engine that chooses its sandboxes can tell at once. */
async function openFilter(daemonPath: string, folder: string): Promise<void> {
  const socketPath = path.join(folder, 'docker.sock');
  rmSync(socketPath, { force: true }); // Of a filter that was killed.
  if (!statSync(daemonPath).isSocket()) {
    setInterval(() => undefined, dayMs); // Otherwise it would end, and be started again and again.
    return say({ msg: 'gate.shut', reason: `${daemonPath} is no socket` });
  }
  const filter = await SocketFilter.open({
    daemonPath,
    socketPath,
    allowed: {
      filterId: readFilterId(folder),
      network: values.network || undefined,
      image: values.image || defaultImage,
      runtime: values.runtime || undefined,
    },
    onRefused: (refused) => say({ msg: 'gate.refused', ...refused }),
  });
  say({ msg: 'gate.opened' });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void filter.close());
}

await openFilter(daemonPath, folder);
if (values['ready-file'] !== undefined) writeFileSync(values['ready-file'], '');
