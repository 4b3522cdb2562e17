// Builds the package `lucid-client` into `dist/`; `npm pack` and `npm publish` run it first.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const client = join(root, 'frontend/client');
const dist = join(client, 'dist');
const entries = ['index', 'react'];

/** Readable, since whoever bundles it makes it small, and whoever debugs it reads it. */
async function buildScripts() {
  await build({
    entryPoints: entries.map((entry) => join(client, `${entry}.ts`)),
    outdir: dist,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    external: ['react'],
    logLevel: 'warning',
  });
}

/** The compiler's declarations of what the entries lead to. */
function buildTypes() {
  const emitted = mkdtempSync(join(tmpdir(), 'lucid-client-types-'));
  try {
    emitDeclarations(emitted);
    const declarations = new Map();
    for (const entry of entries) collectDeclarations(`${entry}.d.ts`, join(emitted, 'frontend/client'), declarations);
    for (const [file, text] of declarations) {
      mkdirSync(dirname(join(dist, file)), { recursive: true });
      writeFileSync(join(dist, file), text);
    }
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

function emitDeclarations(outDir) {
  const config = join(outDir, 'tsconfig.json');
  const compilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir };
  const files = [...entries, 'build/written-out'].map((entry) => join(client, `${entry}.ts`));
  const typeRoots = [join(root, 'node_modules/@types')];
  const content = {
    extends: join(root, 'frontend/tsconfig.json'),
    include: [],
    files,
    compilerOptions: { ...compilerOptions, typeRoots },
  };
  writeFileSync(config, JSON.stringify(content));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', config], {
    stdio: 'inherit',
  });
}

/** @param {Map<string, string>} declarations by their files' names, of those that were reached */
function collectDeclarations(file, folder, declarations) {
  if (declarations.has(file)) return;
  const isProtocol = file === 'protocol.d.ts';
  const emitted = readFileSync(join(folder, isProtocol ? 'build/written-out.d.ts' : file), 'utf8');
  const text = isProtocol ? typesOfConstants(emitted) : emitted.replace(schemaTreeNode, treeNodeSeenFrom(file));
  const left = /\bvalibot\b|\bany\b|schema\//.exec(text.replace(/\/\*\*.*?\*\//gs, ''));
  if (left) throw new Error(`${file} says "${left[0]}", which whoever installs the package can't read`);
  declarations.set(file, text.replace(/(from '\..*?)\.ts'/g, "$1.js'"));
  for (const [, imported] of text.matchAll(/from '(\..*?)\.ts'/g))
    collectDeclarations(join(dirname(file), `${imported}.d.ts`), folder, declarations);
}

/** The one type that holds itself, as the compiler names it where it can't write it out. */
const schemaTreeNode = /\bimport\("[^"]+\/schema\/file\.ts"\)\.TreeNode\b/g;

const treeNodeSeenFrom = (file) => `import("${file.includes('/') ? '../' : './'}protocol.js").TreeNode`;

/** Types of the same names. */
const typesOfConstants = (text) =>
  text
    .replace(/^import .*\n/gm, '')
    .replace(/^export declare const (\w+):/gm, 'export type $1 =')
    .replace(schemaTreeNode, 'TreeNode')
    .replaceAll('protocol.TreeNode', 'TreeNode');

rmSync(dist, { recursive: true, force: true });
await buildScripts();
buildTypes();
cpSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
