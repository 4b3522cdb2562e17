// An engine that is killed leaves nothing on the machine for good: no process, no socket, no folder.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { canConfine } from '../testing/confinement-here.ts';
import { waitUntilHolds } from '../testing/wait-until.ts';
import { hasProcessEnded, nameOfEngineProcess, removeLeftovers } from './leftovers.ts';

const isConfined = await canConfine('what a killed engine leaves behind, confined');

let base: string;
before(async () => {
  base = await mkdtemp('/tmp/lucid-left-');
});
after(() => rm(base, { recursive: true, force: true }));

/** Starts a process with a session whose command runs, as an engine has one. */
async function startWorking(confined: boolean, command: string): Promise<ChildProcess> {
  const script = new URL('../testing/working-session.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, base, confined ? 'confined' : 'plain', command], { stdio: 'pipe' });
  await once(child.stdout, 'data');
  return child;
}

async function killEngine(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const waitUntilGone = (text: string) => waitUntilHolds(async () => assert.deepEqual(await listCommandLines(text), []));

async function listCommandLines(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.map((line) => line.replaceAll('\0', ' ')).filter((line) => line.includes(text));
}

const listFoldersOf = async (name: string) =>
  (await readdir(tmpdir())).filter((entry) => entry.startsWith(`lucid-of-${name}-`));

if (isConfined)
  test('confined commands end with a killed engine, and its sockets are removed by the next start', async () => {
    const child = await startWorking(true, 'setsid sleep 98761 & sleep 98762');
    const name = nameOfEngineProcess(child.pid) ?? '';
    const made = await listFoldersOf(name);
    const isOfGit = (folder: string) => folder.includes('-git-');
    assert.deepEqual(
      [made.length, made.filter(isOfGit).length],
      [2, 1],
      'a folder of the outbound proxy, and one of the git proxy',
    );
    assert.ok((await listCommandLines('sleep 9876')).length >= 2);
    const folder = made.find((one) => !isOfGit(one)) ?? '';
    await killEngine(child);
    await waitUntilGone('sleep 9876');
    await waitUntilGone(folder);
    assert.ok((await removeLeftovers()).folders >= 2);
    assert.deepEqual(await listFoldersOf(name), []);
  });

test('unconfined commands of a killed engine are ended by the next start, and those of an engine that runs are not', async () => {
  const [dead, alive] = [
    await startWorking(false, 'setsid sleep 98763 & sleep 98764'),
    await startWorking(false, 'sleep 98765'),
  ];
  await killEngine(dead);
  assert.ok((await removeLeftovers()).processes >= 1);
  await waitUntilGone('sleep 98763');
  await waitUntilGone('sleep 98764');
  assert.ok((await listCommandLines('sleep 98765')).length > 0);
  await killEngine(alive);
  await removeLeftovers();
  await waitUntilGone('sleep 98765');
});

test('a process is known by its number and its start, and a process of another machine is never taken for ended', () => {
  const own = nameOfEngineProcess() ?? '';
  assert.equal(hasProcessEnded(own), false);
  assert.equal(hasProcessEnded(own.replace(/\d+$/, '1')), true);
  assert.equal(hasProcessEnded(`1${own}`), false);
  assert.equal(hasProcessEnded('unknown'), false);
});
