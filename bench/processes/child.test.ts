// Each file that the bench starts as a process exists, which no type can say.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { socketStandIns } from '../generators/stand-in-sockets.ts';

const folder = path.join(import.meta.dirname, '..');

test('every process of the bench is started from a file that exists', () => {
  const started = globSync('**/*.ts', { cwd: folder, exclude: ['node_modules/**'] }).flatMap((file) =>
    [...readFileSync(path.join(folder, file), 'utf8').matchAll(/new Child<\w+>\(\s*['`]([^'`]+)['`]/g)].flatMap(
      ([, name = '']) => (name.includes('$') ? socketStandIns.map((kind) => name.replace(/\$\{kind\}/, kind)) : [name]),
    ),
  );
  assert.ok(started.includes('server/engine.ts') && started.includes('stand-ins/sockets/uws.ts'));
  assert.deepEqual(
    started.filter((file) => !existsSync(path.join(folder, file))),
    [],
  );
});
