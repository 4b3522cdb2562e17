// Makes one file of the server for tests, which runs on any Node that a sandbox has.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export async function bundleServer(): Promise<string> {
  const built = await build({
    entryPoints: [fileURLToPath(new URL('server-program.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node18',
  });
  return built.outputFiles[0]?.text ?? '';
}
