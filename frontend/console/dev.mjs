// Serves the console's sources as they are changed, beside a running engine: `npm run dev:console [-- URL of the engine]`.
import { join } from 'node:path';
import { createServer } from 'vite';
import { root, viteOptions } from './vite-options.mjs';

const engine = process.argv[2] ?? 'http://localhost:8000';
/** What the engine answers; all other addresses below `/console/` are the console's. */
const answeredByEngine = String.raw`^/(api/|docs|(openapi|asyncapi)\.json|console/(session|sign-in|callback)([?/]|$))`;

const server = await createServer({
  ...viteOptions,
  logLevel: 'info',
  cacheDir: join(root, '../../.runtime/vite'),
  server: {
    // The Host stays, so that this page is of what the engine takes for its own origin.
    proxy: { [answeredByEngine]: { target: engine, ws: true, changeOrigin: false } },
  },
});
await server.listen();
server.printUrls();
