// Makes the packages loadable on this machine after a user's own install; npm runs it.
import { fileURLToPath } from 'node:url';
import { finishInstall } from './packages.mjs';
import { say } from './progress.mjs';
import { isUsable } from './stamp.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const major = Number.parseInt(process.versions.node, 10);

// npm leaves out, without a message, the packages that don't fit the Node that it runs on.
if (isUsable(major)) finishInstall({ root, major });
else
  say(
    `these packages are for Node ${major}, which the engine doesn't run on: npm start brings Node 24, and its packages`,
  );
