// The gate as a program: `node sandbox/gate/main.ts --network NAME [--image NAME] [--runtime NAME] DOCKER_SOCKET FOLDER`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { v7 as uuid } from 'uuid';
import { defaultImage } from '../docker/settings.ts';
import { Gate } from './gate.ts';

const { values, positionals } = parseArgs({
  options: { image: { type: 'string' }, network: { type: 'string' }, runtime: { type: 'string' } },
  allowPositionals: true,
});
const [daemonPath, folder] = positionals;
const say = (entry: Record<string, string>) => console.log(JSON.stringify(entry));

if (values.network === undefined || daemonPath === undefined || folder === undefined) {
  console.error('Usage: node sandbox/gate/main.ts --network NAME [--image NAME] [--runtime NAME] DOCKER_SOCKET FOLDER');
  process.exit(78);
}

/** What was made through this gate is known to be the engine's after a restart too. */
function gateIdIn(folder: string): string {
  const file = path.join(folder, 'id');
  mkdirSync(folder, { recursive: true });
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const gateId = uuid();
    writeFileSync(file, gateId);
    return gateId;
  }
}

const gate = await Gate.open({
  daemonPath,
  socketPath: path.join(folder, 'docker.sock'),
  allowed: {
    gateId: gateIdIn(folder),
    network: values.network,
    image: values.image || defaultImage,
    runtime: values.runtime || undefined,
  },
  onRefused: (refused) => say({ msg: 'gate.refused', ...refused }),
});
say({ msg: 'gate.opened' });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void gate.close());
