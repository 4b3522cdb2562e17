// Run where an image is built, which `npm ci` prepares and nothing else: brings the program of the API pages.
import { fileURLToPath } from 'node:url';
import { installScalar } from './scalar.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { signal } = new AbortController();
const lock = { alsoHeldBy: () => undefined }; // Nobody else is there.

await installScalar({ root, nodePath: process.execPath, signal, lock });
