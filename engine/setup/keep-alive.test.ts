// A crashed engine is started again, later each time, unless it ended in order.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'lucid-keep-alive-'));
after(() => rmSync(folder, { recursive: true }));

const keepAlive = new URL('keep-alive.mjs', import.meta.url).href;

/** Keeps a script alive that knows `run`, the number of its start, and prints it. */
function keep(name: string, script: string): { child: ChildProcess; said(word: string): Promise<void>; all(): string } {
  const starts = join(folder, name);
  writeFileSync(starts, '');
  const counted = `const { appendFileSync, readFileSync } = require('node:fs');
    appendFileSync(${JSON.stringify(starts)}, 'x');
    const run = readFileSync(${JSON.stringify(starts)}, 'utf8').length;
    ${script}; console.log('run ' + run);`;
  const command = { program: process.execPath, args: ['-e', counted], cwd: folder, env: {} };
  const code = `import(${JSON.stringify(keepAlive)}).then(({ keepAlive }) => keepAlive(${JSON.stringify(command)}))`;
  const child = spawn(process.execPath, ['-e', code]);
  let text = '';
  const hears = new EventEmitter();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += chunk;
      hears.emit('words');
    });
  const said = async (word: string) => {
    while (!text.includes(word)) await once(hears, 'words');
  };
  return { child, said, all: () => text };
}

const startsOf = (name: string) => readFileSync(join(folder, name), 'utf8').length;

test('a crashed engine is started again, later each time, with words on what to do', async () => {
  const { child, all } = keep(
    'crash',
    `if (run === 2) process.kill(process.pid, 'SIGKILL'); if (run < 4) process.exit(run)`,
  );
  assert.deepEqual(await once(child, 'close'), [0, null]);
  assert.equal(startsOf('crash'), 4);
  const said = [...all().matchAll(/^lucid: the engine ended after [\d.]+ s \((.*)\); it starts again in (.*)$/gm)];
  assert.deepEqual(
    said.map(([, how, pause]) => [how, pause]),
    [
      ['exit code 1', '0.3 s'],
      ['SIGKILL', '0.5 s'],
      ['exit code 3', '1.0 s'],
    ],
  );
  assert.equal(all().match(/^lucid: that was crash 3 in a row: what it said last, above, is the reason/gm)?.length, 1);
});

test('an engine that ends in order, or for its configuration, stays ended, and its exit code is passed on', async () => {
  for (const code of [0, 78]) {
    const { child, all } = keep(`code-${code}`, `process.exit(${code})`);
    assert.deepEqual(await once(child, 'close'), [code, null]);
    assert.deepEqual([startsOf(`code-${code}`), all()], [1, '']);
  }
});

test('an engine that was told to end is not started again, however it ended', async () => {
  const kept = keep('told', `process.on('SIGTERM', () => process.exit(1)); setInterval(() => {}, 1e3)`);
  await kept.said('run 1');
  kept.child.kill('SIGTERM');
  assert.deepEqual(await once(kept.child, 'close'), [1, null]);
  assert.equal(startsOf('told'), 1);
});

test('a signal between two starts ends the waiting', async () => {
  const kept = keep('between', 'process.exit(1)');
  await kept.said('it starts again in 4.0 s'); // A busy machine is late by longer than the first pauses are.
  kept.child.kill('SIGTERM');
  assert.deepEqual(await once(kept.child, 'close'), [143, null]);
  assert.equal(startsOf('between'), 5);
});
