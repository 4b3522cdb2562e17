// Builds the command into `dist/`, with all that it needs and their licenses; `npm pack` and `npm publish` run it first.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = join(root, 'frontend/cli/dist');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const { metafile } = await build({
  entryPoints: [join(root, 'frontend/cli/main.ts')],
  outfile: join(dist, 'main.js'),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Packages that are no ES modules ask for Node's own by `require`.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  metafile: true,
  absWorkingDir: root,
  logLevel: 'warning',
});
copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
writeFileSync(join(dist, 'LICENSES-OF-PACKAGES'), listLicenses(Object.keys(metafile.inputs)));

/** Of each package that is inside. */
function listLicenses(inputs) {
  const folders = new Set(inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []));
  return [...folders].sort().map(describePackage).join('\n');
}

function describePackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} has no license beside it: ${dirname(folder)}`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), 'utf8')}\n`;
}
