// Brings the program of the API pages into an image, which is prepared by `npm ci` alone.
import { fileURLToPath } from 'node:url';
import { installScalar } from './scalar.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { signal } = new AbortController();
const lock = { alsoHeldBy: () => undefined }; // No other process is there.

await installScalar({ root, nodePath: process.execPath, signal, lock });
