// The beginning of scripts that don't prepare this folder: says in one sentence what is missing, and reads `.env`.
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from './progress.mjs';
import { isUsable, packagesAreReady } from './stamp.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const major = Number.parseInt(process.versions.node, 10);

if (!isUsable(major)) refuse(`this is Node ${major}, and Node 24 is needed`, 'it');
// The engine's own scripts need only the packages that `npm start` installs.
const development = !/^(engine|sandbox)\//.test(relative(root, process.argv[1] ?? ''));
if (!packagesAreReady({ root, major, development })) {
  const what = development ? 'the packages for development' : 'the packages';
  refuse(`${what} aren't there as package-lock.json has them`, 'them');
}
// Docker makes a folder where a file to mount is missing.
if (statSync(`${root}.env`, { throwIfNoEntry: false })?.isFile()) process.loadEnvFile(`${root}.env`);

function refuse(reason, what) {
  say(`${reason}: run \`npm run setup\` once, which brings ${what} into this folder`);
  process.exit(1);
}
