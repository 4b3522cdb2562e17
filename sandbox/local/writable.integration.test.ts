// What confined commands can write to: their session's own folders, memory of bounded size, and nothing of the machine.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, constants, existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { unwrap } from '../conformance/tested-sandbox.ts';
import type { Sandbox } from '../sandbox.ts';
import { canConfine } from '../testing/confinement-here.ts';
import { leaveOut } from '../testing/left-out.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { openConfinement } from './confinement.ts';
import { LocalSource } from './local-source.ts';

const run = promisify(execFile);
const isConfined = await canConfine('what confined commands can write to');
const isRoot = process.getuid?.() === 0;

let base: string;
let source: LocalSource;
before(async () => {
  base = await mkdtemp('/tmp/lucid-writable-');
  if (isConfined) source = new LocalSource(base, openConfinement([base]));
});
after(async () => {
  await source?.close();
  await rm(base, { recursive: true, force: true });
});

const open = async (sessionId: string): Promise<Sandbox> => unwrap(await source.open(requestOf(sessionId))).sandbox;

async function readOutputOf(sandbox: Sandbox, command: string): Promise<string> {
  const running = sandbox.run(command, { timeoutMs: 20_000, signal: new AbortController().signal });
  return unwrap(await running).output;
}

const nobody = 65_534;

/** Lists what confined commands can write to where the engine runs as the account. */
async function listWritableAs(uid: number | undefined): Promise<Set<string>> {
  const folder = await mkdtemp('/tmp/lucid-walk-');
  if (uid !== undefined) chownSync(folder, uid, uid);
  const script = new URL('../testing/walk-writable.ts', import.meta.url).pathname;
  const identity = uid === undefined ? {} : { uid, gid: uid };
  const { stdout } = await run(process.execPath, [script, folder], { ...identity, cwd: '/', env: { HOME: '/' } });
  await rm(folder, { recursive: true, force: true });
  return new Set(JSON.parse(stdout).value.output.trimEnd().split('\n'));
}

const devices = ['null', 'zero', 'full', 'random', 'urandom'].map((name) => `/dev/${name}`);
const ownFolders = ['/workspace', '/lucid/home', '/lucid/state', '/tmp'];
const expected = new Set([
  ...['/proc', '/dev/pts', '/dev/tty', '/dev/shm', ...devices, ...ownFolders].map((at) => `mount ${at}`),
  ...['/dev/ptmx', '/dev/pts/ptmx', '/dev/tty', ...devices].map((at) => `file ${at}`),
  ...ownFolders.map((at) => `folder ${at}`),
]);

function assertNothingElse(found: Set<string>): void {
  const facts = [...found].filter((line) => /^(user|caps|privileges) /.test(line));
  const others = [...found].filter((line) => !facts.includes(line) && !expected.has(line));
  assert.deepEqual(others, []);
  assert.ok(
    ownFolders.every((at) => found.has(`folder ${at}`)),
    'the walk found what it should',
  );
  assert.ok(facts.includes('caps 0000000000000000') && facts.includes('privileges 1'));
  assert.ok(!facts.includes('user 0'));
}

if (isConfined) {
  test("commands of root's engine can't write to the machine or its kernel", async () => {
    assertNothingElse(await listWritableAs(undefined));
  });

  const script = new URL('../testing/walk-writable.ts', import.meta.url).pathname;
  if (isRoot && mayOthersRead(script) && mayOthersRead(process.execPath))
    test("commands of an ordinary account's engine can't either, nor to that account's own files", async () => {
      assertNothingElse(await listWritableAs(nobody));
    });
  else
    leaveOut('what an engine of another account may write to', 'this is not root, or others may not read these files');

  test('a session has temporary files of its own, bounded in size, that no other session sees', async () => {
    const [one, other] = [await open('one'), await open('other')];
    const write = 'echo mine >"$TMPDIR/f" && cat "$TMPDIR/f"; mkdir -p ~/.npm/_logs && echo mine >~/.npm/_logs/f';
    assert.equal(await readOutputOf(one, write), 'mine\n');
    assert.equal(
      await readOutputOf(other, 'cat "$TMPDIR/f" /tmp/f ~/.npm/_logs/f 2>/dev/null; ls -A "$TMPDIR" ~'),
      '/lucid/home:\n\n/tmp:\n',
    );
    assert.match(
      await readOutputOf(one, 'head -c 900M /dev/zero >"$TMPDIR/large"; rm "$TMPDIR/large"'),
      /No space left/,
    );
    assert.match(await readOutputOf(one, 'head -c 100M /dev/zero >/dev/shm/large; rm /dev/shm/large'), /No space left/);
    await one.close();
    await other.close();
    assert.ok(!existsSync('/tmp/f'));
  });

  test("a session's home lies outside of its workspace, and is removed with the session", async () => {
    const sandbox = await open('home');
    assert.equal(
      await readOutputOf(sandbox, 'echo note >~/notes.txt; ls; ls ~; echo $HOME'),
      'notes.txt\n/lucid/home\n',
    );
    assert.deepEqual(unwrap(await sandbox.list()).tree, []);
    const again = await open('home');
    assert.equal(await readOutputOf(again, 'cat ~/notes.txt'), 'note\n');
    await sandbox.release();
    await again.close();
    const fresh = await open('home');
    assert.equal(await readOutputOf(fresh, 'ls ~'), '');
    await fresh.close();
  });

  test('commands can change what the engine wrote, and the engine what commands wrote', async () => {
    const sandbox = await open('both');
    unwrap(await sandbox.write('a/b/file', 'of the engine'));
    const command =
      'stat -c %U a a/b a/b/file | sort -u | wc -l; echo " and of commands" >>a/b/file; mkdir c; echo x >c/x; chmod 600 c/x';
    assert.equal(await readOutputOf(sandbox, command), '1\n');
    assert.deepEqual(unwrap(await sandbox.read('a/b/file')), { content: 'of the engine and of commands\n' });
    unwrap(await sandbox.write('c/x', 'y'));
    assert.equal(await readOutputOf(sandbox, 'cat c/x; whoami >/dev/null && echo named'), 'ynamed\n');
    assert.equal(await readFile(path.join(base, 'ada', 'both', 'c', 'x'), 'utf8'), 'y');
    await sandbox.close();
  });

  test("commands can't reach services that listen in the machine's file system, or become root", async (t) => {
    const folder = await mkdtemp(path.join(process.cwd(), '.runtime', 'service-'));
    const server = createServer((_, response) => response.end('of the machine')).listen(path.join(folder, 's'));
    t.after(async () => {
      server.close();
      await rm(folder, { recursive: true, force: true });
    });
    await once(server, 'listening');
    for (const at of [folder, path.join(folder, 's')]) chmodSync(at, 0o777);
    const sandbox = await open('unix');
    const output = await readOutputOf(
      sandbox,
      `ls ${folder}; curl -sS -m 2 --unix-socket ${folder}/s http://x/ 2>&1; unshare -Ur id 2>&1`,
    );
    assert.match(output, /^s\n/);
    assert.doesNotMatch(output, /of the machine|uid=0/);
    assert.match(output, /unshare.*not permitted/);
    await sandbox.close();
  });
}

function mayOthersRead(file: string): boolean {
  for (let at = file; at !== '/'; at = path.dirname(at))
    if ((statSync(at).mode & 0o5) !== 0o5 && at !== file) return false;
  accessSync(file, constants.R_OK);
  return true;
}
