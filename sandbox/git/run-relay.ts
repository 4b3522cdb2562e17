// The relay as a program: `node sandbox/git/run-relay.ts FOLDER`, in the machine's own network.
import { badConfigExitCode } from '../../schema/exit-codes.ts';
import { GitRelay } from './git-relay.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: node sandbox/git/run-relay.ts FOLDER');
  process.exit(badConfigExitCode);
}
const relay = await GitRelay.open(folder);
console.log(JSON.stringify({ msg: 'relay.opened' }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void relay.close());
