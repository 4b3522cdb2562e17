// The lock that one process holds at a time, and that is free again when its owner was killed.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nameOfProcess, takeLock } from './lock-directory.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lucid-lock-'));
after(() => rmSync(folder, { recursive: true }));
const module = new URL('./lock-directory.mjs', import.meta.url).href;

function taken(directory: string) {
  const lock = takeLock(directory);
  if ('heldBy' in lock) assert.fail(`held by ${lock.heldBy}`);
  return lock;
}

test('a lock is held until it is released, and says by whom', () => {
  const directory = join(folder, 'held');
  const lock = taken(directory);
  assert.deepEqual(takeLock(directory), { heldBy: process.pid });
  lock.release();
  assert.equal(existsSync(directory), false);
  taken(directory).release();
});

test('the lock of a process that was killed is taken over', () => {
  const directory = join(folder, 'killed');
  const script = `(await import('${module}')).takeLock('${directory}'); process.kill(process.pid, 'SIGKILL')`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(readdirSync(directory).length, 1);
  taken(directory).release();
});

test('a lock is not taken over while a helper of its killed owner lives', async () => {
  const directory = join(folder, 'helper');
  const helper = spawn('sleep', ['60']);
  await once(helper, 'spawn');
  mkdirSync(directory);
  writeFileSync(join(directory, '999999999-1-dead'), '');
  writeFileSync(join(directory, nameOfProcess(helper.pid ?? 0) ?? ''), '');
  assert.deepEqual(takeLock(directory), { heldBy: helper.pid });
  helper.kill('SIGKILL');
  await once(helper, 'exit');
  taken(directory).release();
});

test('a pid that belongs to another process by now does not hold a lock', () => {
  const directory = join(folder, 'reused');
  mkdirSync(directory);
  writeFileSync(join(directory, `${process.pid}-1-anotherboot`), '');
  taken(directory).release();
});

test('an owner that has just made the directory is waited for; one that died before writing its file is not', () => {
  const directory = join(folder, 'arriving');
  mkdirSync(directory);
  assert.deepEqual(takeLock(directory), { heldBy: undefined });
  const longAgo = Date.now() / 1000 - 60;
  utimesSync(directory, longAgo, longAgo);
  taken(directory).release();
});

test('of many processes that find a stale lock, only one at a time gets it', async () => {
  const directory = join(folder, 'race');
  mkdirSync(directory);
  writeFileSync(join(directory, '999999999-1-dead'), '');
  const inside = join(folder, 'inside');
  const script = `
    import { rmSync, writeFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    const { withLock } = await import('${module}');
    const options = { onWait() {}, signal: new AbortController().signal };
    for (let i = 0; i < 3; i++) await withLock('${directory}', options, async () => {
      writeFileSync('${inside}', '', { flag: 'wx' });
      await sleep(2);
      rmSync('${inside}');
    });`;
  const run = () => once(spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }), 'exit');
  const exits = await Promise.all(Array.from({ length: 5 }, run));
  assert.deepEqual(exits, Array(5).fill([0, null]));
});
