// The rules of biome.json that keep the layout: each finds the fault that is planted for it, and nothing else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');

const importing = (...names: string[]) => names.map((name) => `import '${name}';\n`).join('');
const lines = (count: number) => '  console.log();\n'.repeat(count);

type Files = Record<string, string>;

/** For each rule, files that it must find and files that it must leave alone. */
const planted: Record<string, { found: Files; left: Files }> = {
  noImportCycles: {
    found: {
      'actors/circle.ts': `import type { B } from './circle-back.ts';\nexport type A = B;\n`,
      'actors/circle-back.ts': `import type { A } from './circle.ts';\nexport type B = A;\n`,
    },
    left: { 'actors/no-circle.ts': `import type { B } from './circle-back.ts';\nexport type A = B;\n` },
  },
  noRestrictedImports: {
    found: {
      'schema/from-engine.ts': importing('../engine/config.ts'),
      'schema/deep/from-sandbox.ts': importing('../../sandbox/shell/open-shell.ts'),
      'schema/package.ts': importing('undici'),
      'sandbox/from-actors.ts': importing('../actors/host.ts'),
      'sandbox/package.ts': importing('xstate'),
      'sandbox/package-with-owner.ts': importing('@anthropic-ai/sdk'),
      'sandbox/package-when-needed.ts': `await import('xstate');\n`,
      'actors/export-from-engine.ts': `export * from '../engine/config.ts';\n`,
      'actors/package.ts': importing('piscina'),
      'actors/thread-as-module.ts': importing('./host-thread.ts'),
      'actors/environment.ts': `import { env } from 'node:process';\nconsole.log(env);\n`,
      'engine/from-bench.ts': importing('../bench/run.ts'),
      'engine/from-testing.ts': importing('./testing/engine.ts'),
      'engine/from-test.ts': importing('./drain.test.ts'),
      'engine/thread-as-module.ts': importing('../actors/host-thread.ts'),
      'engine/environment-by-import.ts': importing('process'),
      'engine/setup/from-testing.mjs': importing('../testing/engine.ts'),
      'bench/from-testing.ts': importing('../engine/testing/engine.ts'),
      'bench/chaos/from-sandbox-testing.ts': importing('../../sandbox/testing/docker-sandboxes.ts'),
      'schema/from-frontend.ts': importing('../frontend/client/index.ts'),
      'engine/from-frontend.ts': importing('../frontend/client/index.ts'),
      'frontend/cli/from-engine.ts': importing('../../engine/config.ts'),
      'frontend/client/from-cli.ts': importing('../cli/main.ts'),
      'frontend/client/from-sandbox.ts': importing('../../sandbox/sandbox.ts'),
      'frontend/client/from-testing.ts': importing('./testing/cutting-proxy.ts'),
      'frontend/client/package.ts': importing('valibot'),
    },
    left: {
      'schema/downward.ts': importing('valibot', './deep/from-nowhere.ts'),
      'sandbox/downward.ts': importing('node:fs/promises', 'undici', '../schema/error.ts', './docker/guest.ts'),
      'actors/downward.ts': importing('xstate', '../sandbox/sandbox.ts', '../schema/thread.ts'),
      'engine/downward.ts': importing('piscina', '../actors/host.ts', './server/server.ts'),
      'engine/harness.test.ts': importing('./testing/engine.ts'),
      'engine/setup/downward.mjs': importing('node:process'),
      'bench/chaos/harness.ts': importing('../../engine/testing/engine.ts'),
      'frontend/cli/downward.ts': importing('node:fs', 'commander', '../client/index.ts', '../../schema/exit-codes.ts'),
      'frontend/client/downward.ts': importing('react', './index.ts', '../../schema/protocol/close-codes.ts'),
      'frontend/client/harness.test.ts': importing('node:test', '../../engine/testing/engine.ts'),
    },
  },
  noNodejsModules: {
    found: { 'schema/node.ts': importing('node:fs'), 'frontend/client/node.ts': importing('node:fs') },
    left: {
      'schema/types.ts': `import type { MessagePort } from 'node:worker_threads';\nexport type Port = MessagePort;\n`,
      'sandbox/node.ts': importing('node:fs'),
    },
  },
  noProcessEnv: {
    found: {
      'engine/environment.ts': 'export const port = process.env.PORT;\n',
      'engine/environment-whole.ts': `export const all = process['env'];\n`,
    },
    left: {
      'engine/config.ts': 'export const port = process.env.PORT;\n',
      'engine/environment.test.ts': 'export const port = process.env.PORT;\n',
    },
  },
  noExcessiveLinesPerFunction: {
    found: {
      'engine/function.ts': `export function long() {\n${lines(69)}}\n`,
      'engine/arrow.ts': `export const long = () => {\n${lines(69)}};\n`,
      'engine/method.ts': `export class A {\n  long() {\n${lines(69)}  }\n}\n`,
      'engine/constructor.ts': `export class A {\n  constructor() {\n${lines(69)}  }\n}\n`,
      'engine/method-of-object.ts': `export const a = {\n  long() {\n${lines(69)}  },\n};\n`,
      'engine/expression.ts': `export const long = function () {\n${lines(69)}};\n`,
      'engine/function.test.ts': `test('it works', () => {\n${lines(69)}});\n`,
    },
    left: { 'engine/function-long-enough.ts': `export function long() {\n${lines(68)}}\n` },
  },
  noSkippedTests: {
    found: { 'engine/skipped.test.ts': `test.skip('it works', () => {});\n` },
    left: { 'engine/run.test.ts': `test('it works', () => {});\n` },
  },
  noFocusedTests: {
    found: { 'engine/focused.test.ts': `describe.only('it works', () => {});\n` },
    left: { 'engine/beside.test.ts': `describe('it works', () => {});\n` },
  },
  // A comment that switches a rule off has to be needed and to say why.
  parse: {
    found: { 'engine/without-reason.ts': '// biome-ignore lint/style/noProcessEnv\nexport const all = process.env;\n' },
    left: {
      'engine/with-reason.ts': '// biome-ignore lint/style/noProcessEnv: a test\nexport const all = process.env;\n',
    },
  },
};

const findings = lint(Object.assign({}, ...Object.values(planted).flatMap(({ found, left }) => [found, left])));

for (const [rule, { found, left }] of Object.entries(planted))
  test(`${rule} finds the fault that is planted for it, and nothing else`, () => {
    const files = [...Object.keys(found), ...Object.keys(left)];
    const finds = files.filter((file) => findings.some((finding) => finding.rule === rule && finding.file === file));
    assert.deepEqual(finds, Object.keys(found));
  });

/** Biome's findings in these files, by the rules of this project. */
function lint(files: Files): { rule: string | undefined; file: string }[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'lucid-lint-'));
  try {
    for (const name of ['biome.json', '.gitignore']) cpSync(path.join(root, name), path.join(folder, name));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    const args = ['lint', '--reporter=json', '--max-diagnostics=none'];
    const { stdout } = spawnSync(path.join(root, 'node_modules/.bin/biome'), args, { cwd: folder, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
    return diagnostics.map(({ category, location }) => ({ rule: category.split('/').at(-1), file: location.path }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
