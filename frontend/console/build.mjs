// Builds the console into `dist/`, which the engine serves: `node frontend/console/build.mjs`.
import { join } from 'node:path';
import { build } from 'vite';
import { root, viteOptions } from './vite-options.mjs';

await build({
  ...viteOptions,
  logLevel: 'warn',
  cacheDir: join(root, 'dist', '.cache'),
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // What a page loads is a file of its own, which the Content-Security-Policy asks for.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
    reportCompressedSize: false,
  },
});
