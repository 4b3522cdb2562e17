// How the console is made of its sources, for its build and for `npm run dev:console`.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';

export const root = dirname(fileURLToPath(import.meta.url));

export const viteOptions = {
  root,
  base: '/console/',
  configFile: false,
  plugins: [react(), tailwind()],
};
