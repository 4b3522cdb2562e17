// Snapshots of many repositories take no room that workspaces need: the oldest go first, before anything is copied.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';

const maker = await readFile(new URL('maker.py', import.meta.url), 'utf8');

/** A disk of so many bytes, of which each snapshot takes ten. */
const diskOf = (bytes: number): string => `
import types
def room(_):
    return types.SimpleNamespace(f_frsize=1, f_bavail=${bytes} - 10 * len(os.listdir(SNAPSHOTS)))
os.statvfs = room
`;

async function runMaker(t: TestContext, call: string, freeBytes: number): Promise<{ said: string; left: string[] }> {
  const folder = await mkdtemp('/tmp/lucid-maker-');
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [at, name] of ['oldest', 'older', 'newer', 'newest'].entries()) {
    await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, name, 'about.json'), '{}');
    await utimes(path.join(folder, name), 1_000 + at, 1_000 + at);
  }
  const script = `${maker}\nSNAPSHOTS = DISKS = ${JSON.stringify(folder)}\n${diskOf(freeBytes)}
try:
    ${call}
    print("done")
except Refused as refused:
    print(refused)`;
  const running = promisify(execFile)('python3', ['-c', script]);
  running.child.stdin?.end();
  const { stdout } = await running;
  return { said: stdout.trim(), left: (await readdir(folder)).toSorted() };
}

test('a workspace takes the room of snapshots that were used longest ago, and of no more', async (t) => {
  assert.deepEqual(await runMaker(t, 'free_room(DISKS, 60)', 100), {
    said: 'done',
    left: ['newer', 'newest', 'older', 'oldest'],
  });
  assert.deepEqual(await runMaker(t, 'free_room(DISKS, 75)', 100), { said: 'done', left: ['newer', 'newest'] });
});

test('a disk whose number a device of the machine has is made under another', async (t) => {
  const call = `
    numbers, taken = iter([1, 2, 3]), {1, 2}
    def attach(number, file, path):
        if number in taken:
            raise FileExistsError(17, "File exists")
        return os.dup(file)
    globals().update(attach=attach, run=lambda *_: None)
    random.randrange = lambda *_: next(numbers)
    assert make_disk(10, None) == 3`;
  assert.deepEqual(await runMaker(t, call, 100), {
    said: 'done',
    left: ['3.img', 'newer', 'newest', 'older', 'oldest'],
  });
});

test('the snapshot that a workspace is made from stays, and a disk that is full in any case says so', async (t) => {
  const kept = await runMaker(t, 'free_room(DISKS, 200, SNAPSHOTS + "/oldest")', 100);
  assert.deepEqual(kept, { said: "the machine's disk has less room than one workspace may take", left: ['oldest'] });
});
