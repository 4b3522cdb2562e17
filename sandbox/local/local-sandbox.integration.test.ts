// Commands on the machine of the engine: what they can't reach, and what is left when they end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { unwrap } from '../conformance/tested-sandbox.ts';
import type { Sandbox } from '../sandbox.ts';
import { canConfine, openConfinementHere } from '../testing/confinement-here.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { waitUntilHolds } from '../testing/wait-until.ts';
import { confinedPaths } from './bubblewrap.ts';
import { folderNameOf } from './local-folders.ts';
import { LocalSource } from './local-source.ts';
import { ripgrepPath } from './ripgrep.ts';

const isConfined = await canConfine('the tests of confined commands');

const opened: Sandbox[] = [];
let base: string;
let source: LocalSource;
before(async () => {
  base = await mkdtemp('/tmp/lucid-local-');
  source = new LocalSource(base, openConfinementHere(base));
});
after(async () => {
  for (const sandbox of opened) await sandbox.close(); // Commands of a failed test would run on.
  await source?.close();
  await rm(base, { recursive: true, force: true });
});

async function open(sessionId: string, userId = 'ada'): Promise<Sandbox> {
  const { sandbox } = unwrap(await source.open(requestOf(sessionId, { userId })));
  opened.push(sandbox);
  return sandbox;
}

async function readOutputOf(sandbox: Sandbox, command: string, timeoutMs = 10_000): Promise<string> {
  const result = await sandbox.run(command, { timeoutMs, signal: new AbortController().signal });
  assert.ok(result.ok);
  return result.value.output;
}

test("a session has its own folder below its user's, which is removed with the session", async () => {
  const sandbox = await open('own');
  await sandbox.write('a.txt', 'text');
  assert.equal(await readFile(path.join(base, 'ada', 'own', 'a.txt'), 'utf8'), 'text');
  await sandbox.close();
  assert.deepEqual(await readdir(path.join(base, 'ada')), []);
});

test('a released session finds its files again', async () => {
  const first = await open('again');
  await first.write('a.txt', 'text');
  await first.release();
  const request = requestOf('again', { mayExist: true });
  const { sandbox, isFresh } = unwrap(await source.open(request));
  assert.equal(isFresh, false);
  assert.deepEqual(unwrap(await sandbox.read('a.txt')), { content: 'text' });
  await sandbox.close();
});

test("commands find the packages' search program, also where the machine has one", async () => {
  assert.ok(ripgrepPath);
  const expected = isConfined ? confinedPaths.programs : path.dirname(ripgrepPath);
  const sandbox = await open('search-program');
  assert.equal(
    await readOutputOf(sandbox, 'echo "$PATH" | cut -d: -f1; command -v rg'),
    `${expected}\n${expected}/rg\n`,
  );
  await sandbox.close();
});

test('no sandbox opens where commands were to be confined and can not be', async () => {
  const broken = new LocalSource(base, Promise.reject(new Error('bwrap: out of processes')));
  const opened = await broken.open(requestOf('none'));
  assert.deepEqual(opened.ok || opened.failure.code, 'sandboxFailed');
  assert.match(opened.ok ? '' : opened.failure.detail, /out of processes/);
  await broken.close();
});

test('very deep and locked folders of a session are removed with it, and the next session works', async (t) => {
  const troubles: string[] = [];
  const reportingSource = new LocalSource(base, openConfinementHere(base), (reason) => troubles.push(reason));
  t.after(() => reportingSource.close());
  const { sandbox } = unwrap(await reportingSource.open(requestOf('strange')));
  const deep = 'name=$(printf d%.0s {1..100}); for i in {1..80}; do mkdir $name && cd $name || exit 1; done; echo made';
  assert.equal(await readOutputOf(sandbox, `(${deep})`, 20_000), 'made\n');
  await readOutputOf(
    sandbox,
    'mkdir -p ~/go/pkg/mod/a && touch ~/go/pkg/mod/a/b && chmod -R a-w ~/go; mkdir none; chmod 0 none',
  );
  await sandbox.close();
  assert.deepEqual(troubles, []);
  assert.equal(existsSync(path.join(base, 'ada', 'strange')), false);
  assert.deepEqual(await readdir(path.join(base, '.leaving')), []);
  const next = await open('next');
  assert.equal(await readOutputOf(next, 'echo works'), 'works\n');
  await next.close();
});

test('names of users can not lead out of the base folder', () => {
  for (const name of ['..', '.', '../../etc', '/etc', 'a/b', 'x'.repeat(500), '%2e%2e'])
    assert.equal(path.dirname(path.join('/base', folderNameOf(name))), '/base');
});

test("a command does not see the engine's environment", async () => {
  process.env.LUCID_TEST_CANARY = 'canary-7d1f';
  const sandbox = await open('environment');
  assert.doesNotMatch(await readOutputOf(sandbox, 'env; cat /proc/self/environ | tr "\\0" "\\n"'), /canary-7d1f/);
  await sandbox.close();
  delete process.env.LUCID_TEST_CANARY;
});

test('a timeout ends a command and all that it started, and the next command works in the same folder', async () => {
  const sandbox = await open('timeout');
  const started = 'cd sub 2>/dev/null || mkdir sub && cd sub; setsid sleep 4321 & sleep 4322';
  const cutAfter = async (timeoutMs: number): Promise<void> => {
    const result = await sandbox.run(started, { timeoutMs, signal: new AbortController().signal });
    assert.ok(result.ok && result.value.kind === 'timedOut');
    await waitUntilGone('sleep 432');
    const folder = await readOutputOf(sandbox, 'pwd');
    if (!folder.endsWith('/sub\n') && timeoutMs < 20_000) return cutAfter(8 * timeoutMs); // It had not begun.
    assert.match(folder, /\/sub\n$/);
  };
  await cutAfter(500);
  await sandbox.close();
});

test('the command after one that took long to end runs whole, in the folder where that was', async (t) => {
  t.mock.property(limits, 'killPatienceMs', 0 as never); // As on a machine that is too busy.
  const sandbox = await open('ends-late');
  for (let round = 0; round < 5; round++) {
    const command = `mkdir -p ~/late${round}; cd ~/late${round}; echo begun; sleep 4323`;
    const { promise: begun, resolve: onOutput } = Promise.withResolvers<unknown>();
    const controller = new AbortController();
    const running = sandbox.run(command, { timeoutMs: 60_000, signal: controller.signal, onOutput });
    await begun;
    controller.abort();
    const result = await running;
    assert.ok(result.ok && result.value.kind === 'cancelled');
    assert.match(await readOutputOf(sandbox, 'sleep 0.1; pwd'), new RegExp(`/late${round}\n$`));
  }
  await sandbox.close();
});

test('closing a session ends what runs in the background', async () => {
  const sandbox = await open('background');
  await readOutputOf(sandbox, 'sleep 5432 & true');
  await sandbox.close();
  await waitUntilGone('sleep 543');
});

test("a folder that is swapped for a link while files are read never shows the link's target", async () => {
  const sandbox = await open('race');
  await sandbox.write('d/passwd', 'mine');
  await symlink('/etc', path.join(base, 'ada', 'race', 'link'));
  let isSwapping = true;
  const swaps = readOutputOf(sandbox, 'for i in $(seq 300); do mv d e; mv link d; mv d link; mv e d; done', 20_000);
  const swapped = swaps.finally(() => {
    isSwapping = false;
  });
  let reads = 0;
  for (; isSwapping; reads++) {
    const file = await sandbox.read('d/passwd');
    if (file.ok) assert.equal(file.value.content, 'mine');
    const tree = await sandbox.list();
    assert.doesNotMatch(JSON.stringify(tree), /shadow/);
  }
  await swapped;
  assert.ok(reads > 10);
  await sandbox.close();
});

describe('with bubblewrap', { concurrency: false }, () => {
  if (!isConfined) return;

  test('a command can write to its own workspace only', async () => {
    const sandbox = await open('confined');
    const output = await readOutputOf(
      sandbox,
      'echo a > own.txt; echo b > /tmp/lucid-escape; echo c > ../other.txt; ls',
    );
    assert.match(output, /Read-only file system|No such file|Permission denied/);
    assert.match(output, /own\.txt/);
    assert.deepEqual(await readdir(path.join(base, 'ada', 'confined')), ['own.txt']);
    await sandbox.close();
  });

  test("a command can't read keys in the operator's home, and can read other files of the machine", async (t) => {
    const home = await mkdtemp(path.join(process.cwd(), '.runtime', 'home-'));
    await mkdir(path.join(home, '.ssh'), { recursive: true });
    await writeFile(path.join(home, '.ssh', 'id'), 'of the operator');
    await writeFile(path.join(home, '.netrc'), 'of the operator');
    for (const at of [home, path.join(home, '.ssh')]) await chmod(at, 0o755);
    const homeBefore = process.env.HOME;
    process.env.HOME = home;
    const otherBase = path.join(base, 'other-source');
    const other = new LocalSource(otherBase, openConfinementHere(otherBase));
    t.after(async () => {
      process.env.HOME = homeBefore;
      await other.close();
      await rm(home, { recursive: true, force: true });
    });
    const { sandbox } = unwrap(await other.open(requestOf('home')));
    const output = await readOutputOf(sandbox, `cat ${home}/.ssh/id ${home}/.netrc /etc/os-release; ls ${home}/.ssh`);
    await sandbox.close();
    assert.doesNotMatch(output, /of the operator/);
    assert.match(output, /^ID=/m);
  });

  test("a command can't reach what listens on this machine, by any of its names", async (t) => {
    const server = createServer((_, response) => response.end('of the engine')).listen(0, '0.0.0.0');
    t.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sandbox = await open('network');
    for (const host of ['127.0.0.1', '127.1', 'localhost', '0.0.0.0', '2130706433', '[::1]', hostname()]) {
      const url = `http://${host}:${port}/`;
      const proxied = `NO_PROXY= no_proxy= curl -s -m 5 '${url}'; curl -s -m 5 --noproxy '*' '${url}'`;
      assert.doesNotMatch(await readOutputOf(sandbox, proxied), /of the engine/, host);
      const tunnelled = `NO_PROXY= no_proxy= curl -s -m 5 -p '${url}'`;
      assert.doesNotMatch(await readOutputOf(sandbox, tunnelled), /of the engine/, host);
    }
    await sandbox.close();
  });

  test("a command can't read another session's workspace, nor files beside the workspaces", async () => {
    const other = await open('other', 'bob');
    await other.write('secret.txt', 'of bob');
    await writeFile(path.join(base, 'beside.txt'), 'of the engine');
    const sandbox = await open('curious');
    const output = await readOutputOf(
      sandbox,
      `cat ${base}/bob/other/secret.txt ${base}/beside.txt; ls ${base} ${base}/bob`,
    );
    assert.doesNotMatch(output, /of bob|of the engine/);
    await sandbox.close();
    await other.close();
  });
});

/** Resolves when no process of this machine begins with a text: a killed one is gone a moment later. */
function waitUntilGone(text: string): Promise<void> {
  return waitUntilHolds(async () => assert.deepEqual(await listProcesses(text), []));
}

/** Lists command lines of this machine's processes that begin with a text. */
async function listProcesses(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.map((line) => line.replaceAll('\0', ' ')).filter((line) => line.startsWith(text));
}
