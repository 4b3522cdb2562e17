// A file of the client with all that it imports, as one script.
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** @param file from this package's folder */
export async function bundle(file: string, options: BuildOptions): Promise<string> {
  const entryPoints = [fileURLToPath(new URL(`../${file}`, import.meta.url))];
  const { outputFiles } = await build({ ...options, entryPoints, bundle: true, write: false });
  return outputFiles?.[0]?.text ?? '';
}
