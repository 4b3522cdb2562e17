// Run by npm after an install of the user's own: makes the packages loadable on this machine.
import { fileURLToPath } from 'node:url';
import { finishInstall } from './packages.mjs';
import { say } from './progress.mjs';
import { isUsable } from './stamp.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const major = Number.parseInt(process.versions.node, 10);

// npm has left out, without a word, the packages that don't fit the Node it ran on.
if (isUsable(major)) finishInstall({ root, major });
else
  say(
    `these packages are for Node ${major}, which the engine doesn't run on: npm start brings Node 24, and its packages`,
  );
