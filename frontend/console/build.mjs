// Builds the console into `dist/`, which the engine serves: `node frontend/console/build.mjs`.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const root = dirname(fileURLToPath(import.meta.url));

await build({
  root,
  base: '/console/',
  configFile: false,
  logLevel: 'warn',
  plugins: [react(), tailwind()],
  cacheDir: join(root, 'dist', '.cache'),
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // What a page loads is a file of its own, which the Content-Security-Policy asks for.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
    reportCompressedSize: false,
  },
});
