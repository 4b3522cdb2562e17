// Hostile commands in real containers end in time, and harm neither neighbours nor the machine.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Failure } from '../../schema/error.ts';
import type { RunResult, Sandbox } from '../sandbox.ts';
import {
  docker,
  dockerHooks,
  dockerTest,
  readOutputOf,
  runCommandIn,
  TestSandboxes,
} from '../testing/docker-sandboxes.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { waitUntilHolds } from '../testing/wait-until.ts';

/** How late a command may end after its own limit. */
const graceMs = 20_000;
const megabyte = 1024 * 1024;

const sandboxes = new TestSandboxes();
let sandbox: Sandbox;
let neighbour: Sandbox;

dockerHooks.before(async () => {
  neighbour = await sandboxes.open('neighbour');
  await readOutputOf(neighbour, 'echo mine > mine; export MINE=yes');
});
dockerHooks.beforeEach(async () => {
  sandbox = await sandboxes.open('hostile');
  await readOutputOf(sandbox, 'echo kept > kept; export KEPT=yes');
});
dockerHooks.afterEach(async () => {
  const startedAtMs = performance.now();
  assert.equal(
    await readOutputOf(neighbour, 'cat mine; echo $MINE; ps -e | wc -l'),
    'mine\nyes\n7\n',
    'the neighbour is well',
  );
  assert.ok(performance.now() - startedAtMs < graceMs);
  await sandbox?.close();
  await waitUntilHolds(async () => assert.equal((await sandboxes.listLeft()).length, 2, 'the neighbour is left alone'));
});
dockerHooks.after(async () => {
  await neighbour?.close();
  assert.deepEqual(await sandboxes.close(), []);
});

/** Runs a command that may end in any way, but ends in time. */
async function attempt(command: string, timeoutMs = 20_000): Promise<RunResult> {
  const startedAtMs = performance.now();
  const result = await runCommandIn(sandbox, command, { timeoutMs });
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs < timeoutMs + graceMs, `it took ${Math.round(tookMs)} ms`);
  return result;
}

/** Asserts that workspace and environment are as they were, the next command works at once, and nothing runs on. */
async function assertWell(): Promise<void> {
  const startedAtMs = performance.now();
  assert.equal(await readOutputOf(sandbox, 'cat /workspace/kept; echo $KEPT'), 'kept\nyes\n');
  assert.ok(performance.now() - startedAtMs < graceMs);
  await assertNothingRunsOn();
}

const assertNothingRunsOn = () =>
  waitUntilHolds(async () => assert.deepEqual(await listProcesses(), ['bash', 'docker-init', 'python3', 'sleep']));

/** Lists the processes as the machine sees them, whatever commands inside say. */
async function listProcesses(): Promise<string[]> {
  const top = (await sandboxes.container('hostile').top({ ps_args: '-eo pid,comm' })) as { Processes: string[][] };
  return top.Processes.map(([, name]) => name ?? '').sort();
}

const forkBomb = ':(){ :|:& };:';
const wildForkBomb = `python3 -c '
import os
while True:
  try: os.fork()
  except OSError: pass
'`;

dockerTest('a sandbox survives a fork bomb in front', async () => {
  const result = await attempt(wildForkBomb, 1_500);
  assert.equal(result.kind, 'timedOut');
  await assertWell();
});

dockerTest('a sandbox survives fork bombs in the background, of commands that have ended', async () => {
  for (const bomb of [forkBomb, `setsid ${wildForkBomb} &`]) {
    await attempt(bomb, 2_000);
    await setTimeout(1_000);
    assert.equal((await attempt('ls; sleep 30', 1_000)).kind, 'timedOut');
    await assertWell();
  }
});

dockerTest('a container with a fork bomb and a killed guest is replaced, and its workspace kept', async () => {
  await attempt(`(sleep 1; exec setsid ${wildForkBomb}) & true`);
  await sandboxes.killGuest('hostile');
  await setTimeout(2_000);
  const startedAtMs = performance.now();
  await sandbox.run('true', { timeoutMs: 3_000, signal: new AbortController().signal });
  assert.ok(performance.now() - startedAtMs < 3_000 + graceMs);
  assert.equal(await runAfterTrouble('cat /workspace/kept'), 'kept\n');
  await assertNothingRunsOn();
});

/** As beside a fork bomb: the exec that hangs holds the lock that inspecting waits for. */
const hang = () => Promise.reject(Object.assign(new Error('Docker did not answer.'), { code: 'ETIMEDOUT' }));

dockerTest('a container that Docker can neither enter nor inspect is replaced, and the workspace kept', async () => {
  const made: Docker.Container[] = [];
  const createContainer = async (options: Docker.ContainerCreateOptions) => {
    const container = await docker.createContainer(options);
    if (options.name?.endsWith('stuck')) made.push(container);
    return container;
  };
  const others = new TestSandboxes({ docker: Object.assign(Object.create(docker), { createContainer }) });
  try {
    const stuck = await others.open('stuck');
    await readOutputOf(stuck, 'echo kept > kept');
    Object.assign(made[0] as Docker.Container, { exec: hang, inspect: hang });
    await others.killGuest('stuck');
    assert.equal(await readOutputOf(stuck, 'cat kept'), 'kept\n');
    assert.equal(made.length, 2);
    await stuck.close();
  } finally {
    await others.close();
  }
});

/** Runs a command again while a bomb of the whole machine keeps Docker busy; each failure comes in time. */
async function runAfterTrouble(command: string): Promise<string> {
  for (let tries = 0; tries < 10; tries++) {
    const startedAtMs = performance.now();
    const result = await sandbox.run(command, { timeoutMs: 3_000, signal: new AbortController().signal });
    assert.ok(performance.now() - startedAtMs < 3_000 + graceMs);
    if (result.ok) return result.value.output;
  }
  return 'It never came back.';
}

dockerTest('a command that takes two gigabytes of memory is ended, and the sandbox goes on', async () => {
  const result = await attempt("python3 -c 'x = bytearray(2 * 1024 ** 3); print(len(x))'");
  assert.ok(result.kind === 'exited' && result.exitCode === 137);
  assert.match(result.output, /Killed/);
  await assertWell();
});

dockerTest('a sandbox survives that every disk is full', async () => {
  const fill = 'for at in /workspace /tmp /home/agent /run/lucid; do head -c 4G /dev/zero > $at/full; done';
  const result = await attempt(`${fill} 2>&1 | grep -c "No space left"`);
  assert.deepEqual(result, { kind: 'exited', output: '4\n', exitCode: 0 });
  assert.equal(await readOutputOf(sandbox, 'cat kept; df --output=pcent /workspace | tail -1'), 'kept\n100%\n');
  const refused = await sandbox.write('kept', 'x'.repeat(megabyte));
  assert.match(refused.ok ? '' : refused.failure.detail, /No space left/);
  assert.deepEqual(
    await sandbox.read('kept'),
    { ok: true, value: { content: 'kept\n' } },
    'what was there is not lost',
  );
  assert.equal((await attempt('sleep 30', 300)).kind, 'timedOut');
  await readOutputOf(sandbox, 'rm -f /workspace/full /tmp/full /home/agent/full /run/lucid/full; export KEPT=yes');
  await assertWell();
});

const places = ['/workspace', '/tmp', '/home/agent', '/run/lucid', '/dev/shm'];

dockerTest('a shell starts however many files fill every folder', async () => {
  const fill = `import os
for place in ${JSON.stringify(places)}:
  made=0
  try:
    while made<2_000_000: os.mknod(f"{place}/f{made}"); made+=1
  except OSError as e: print(place, e.strerror)`;
  const result = await attempt(`python3 -c '${fill}'`, 60_000);
  const output = places.map((place) => `${place} No space left on device\n`).join('');
  assert.deepEqual(result, { kind: 'exited', output, exitCode: 0 });
  assert.equal((await attempt('sleep 30', 300)).kind, 'timedOut');
  assert.equal(await readOutputOf(sandbox, 'exec 2>&1; exit 3'), '');
  assert.equal(await readOutputOf(sandbox, 'cat /workspace/kept'), 'kept\n');
  assert.ok((await sandbox.list()).ok);
  await sandbox.release();
  const opened = await sandboxes.source.open(requestOf('hostile', { mayExist: true }));
  assert.ok(opened.ok && !opened.value.isFresh);
  sandbox = opened.value.sandbox;
  await readOutputOf(sandbox, `find ${places.join(' ')} -name 'f*' -type f -delete; export KEPT=yes`);
  await assertWell();
});

dockerTest(
  'every folder that can be written to is bounded in bytes and files, and leaves memory for processes',
  async () => {
    const look = `import os
for line in open("/proc/mounts"):
  at=line.split()[1]
  if os.access(at,os.W_OK) and os.path.isdir(at):
    s=os.statvfs(at); print(at,s.f_blocks*s.f_frsize,s.f_files)`;
    const lines = (await readOutputOf(sandbox, `python3 -c '${look}'`)).trim().split('\n');
    const found = lines.map((line) => line.split(' ')).filter(([at]) => !/^\/(proc|dev\/mqueue)/.test(at ?? ''));
    assert.deepEqual(found.map(([at]) => at).sort(), [...places].sort());
    const bytesPerFile = 1_500; // The kernel keeps as much of an empty file.
    const inMemory = found.filter(([at]) => at !== '/workspace' && at !== '/home/agent'); // These are disks of bounded size.
    const all = inMemory.reduce((sum, [, bytes, files]) => sum + Number(bytes) + Number(files) * bytesPerFile, 0);
    assert.ok(all < sandboxes.settings.memoryBytes * 0.8, `${all} bytes`);
  },
);

dockerTest('a command that prints without end for ten seconds is cut, and its output is bounded', async () => {
  const before = process.memoryUsage.rss();
  const pings = pingWhile(setTimeout(9_000));
  const result = await attempt('yes', 10_000);
  assert.ok(result.kind === 'timedOut' && result.output.length < 101_000);
  assert.match(result.output, /^y\n[\s\S]*\[… \d{8,} bytes left out …\][\s\S]*y\n/);
  assert.ok((await pings) >= 3, 'the neighbour is served meanwhile');
  assert.ok(process.memoryUsage.rss() - before < 150 * megabyte);
  await assertWell();
});

/** Counts how often the neighbour answers in a time. */
async function pingWhile(time: Promise<void>): Promise<number> {
  let isOver = false;
  let answers = 0;
  void time.then(() => {
    isOver = true;
  });
  while (!isOver) {
    assert.equal(await readOutputOf(neighbour, 'echo ping'), 'ping\n');
    answers += isOver ? 0 : 1;
    await setTimeout(100);
  }
  return answers;
}

dockerTest('a background process that prints without end costs the engine nothing, and is in no output', async () => {
  assert.equal(await readOutputOf(sandbox, 'for n in 1 2; do (sleep 0.2; exec yes) & done; echo begun'), 'begun\n');
  await setTimeout(200);
  const before = process.cpuUsage();
  await setTimeout(1_000);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 300_000, `${user + system} µs of a processor in a second`);
  for (let at = 0; at < 20; at++) assert.equal(await readOutputOf(sandbox, `echo ${at}`), `${at}\n`);
  await readOutputOf(sandbox, 'pkill yes');
  await assertWell();
});

dockerTest('a command that ignores signals and hides its children is ended with them', async () => {
  for (const command of [
    "trap '' TERM INT HUP QUIT; while :; do sleep 1; done",
    'setsid env -i sleep 3001 & sleep 3002',
    '(setsid setsid nohup env -i PATH=$PATH sh -c "sleep 3003 & sleep 3004 & wait" &) ; sleep 3005',
    'env -u LUCID_COMMAND LUCID_SHELL=1 LUCID_AGENT=1 setsid sleep 3006 & sleep 3007',
    'LUCID_COMMAND=0123456789abcdef sleep 3008 & sleep 3009',
    'readonly LUCID_COMMAND; sleep 3010',
    "python3 -c 'import os, signal, time; [signal.signal(n, signal.SIG_IGN) for n in range(1, 65) if n not in (9, 19, 32, 33)]; os.setsid() if os.fork() == 0 else 0; time.sleep(3011)'",
    'kill -STOP $$',
    'exec -a python3 sleep 3012',
    'coproc sleep 3013; wait',
  ]) {
    assert.equal((await attempt(command, 300)).kind, 'timedOut', command);
    await assertWell();
  }
});

dockerTest('a command can not end what the container lives by', async () => {
  for (const command of [
    'kill -9 1',
    'kill 1; kill -INT 1; kill -HUP 1',
    'kill -9 -1',
    'kill -- -1',
    'kill -9 0',
    'pkill -9 -u agent',
    'pkill -9 sleep; pkill -9 python3; pkill -9 -f import',
    'for i in $(seq 60); do kill -9 $i; done',
    'kill -9 -$(pgrep -o python3)',
    'kill -9 $$',
    'kill -SEGV $$',
    'rm -rf /bin/bash /usr/bin/python3',
    'rm -rf /run/lucid/* /tmp/* ~/*',
    'exec 0<&- 1>&- 2>&-; kill -9 $PPID',
  ]) {
    await attempt(`{ ${command}; } 2>/dev/null`);
    await readOutputOf(sandbox, 'export KEPT=yes; cd /workspace');
    await assertWell();
  }
});

dockerTest('a guest that is killed by the user’s own command is started again', async () => {
  await sandboxes.killGuest('hostile');
  assert.deepEqual(await sandbox.read('kept'), { ok: true, value: { content: 'kept\n' } });
  await assertWell();
  const signal = new AbortController().signal;
  const { promise: begun, resolve: onOutput } = Promise.withResolvers<unknown>();
  const running = sandbox.run('echo begun; sleep 3020', { timeoutMs: 20_000, signal, onOutput });
  await begun;
  await sandboxes.killGuest('hostile');
  const broken = await running;
  assert.match(broken.ok ? '' : broken.failure.detail, /broke during the command/);
  await assertWell();
});

dockerTest('a container that is ended from outside is replaced, and the user is told of the loss', async () => {
  await sandboxes.container('hostile').kill();
  const signal = new AbortController().signal;
  const endings = [];
  for (let at = 0; at < 2; at++) {
    const result = await sandbox.run('cat kept', { timeoutMs: 10_000, signal });
    endings.push(result.ok ? result.value.kind : result.failure.detail);
  }
  assert.ok(
    endings.some((words) => /workspace/.test(words)),
    endings.join('; '),
  );
  assert.equal(await readOutputOf(sandbox, 'ls; echo on'), 'on\n');
});

dockerTest(
  'a command that closes the output, forges its end or writes to the guest’s output breaks nothing but itself',
  async () => {
    for (const command of [
      'exec >&- 2>&-; echo unheard',
      'exec 97>&-; echo heard',
      'printf "%s\\0" "$LUCID_END"; printf "\\036%032d 0 /\\0" 7',
      'set -x; set +x',
    ]) {
      await attempt(command);
      assert.deepEqual(await runCommandIn(sandbox, '(exit 9)'), { kind: 'exited', output: '', exitCode: 9 }, command);
    }
    const forged = `trap 'set -- $BASH_COMMAND; [ "$2" = printf ] && printf "\\036%s 0 /etc\\0" "$\{7}" >&97' DEBUG`;
    await attempt(forged);
    assert.equal((await attempt('(exit 9)')).kind, 'exited', 'a forged end counts for the command that forges it');
    await attempt('trap - DEBUG; cd /workspace');
    assert.deepEqual(await runCommandIn(sandbox, 'sleep 0.2; (exit 9)'), { kind: 'exited', output: '', exitCode: 9 });
    for (const garbage of [
      'Axxxxxxxxxxxxxxxx',
      'O\\0\\0\\0\\001\\377\\377\\377\\377',
      'A\\0\\0\\0\\0\\0\\0\\0\\002{}',
      'E\\0',
    ]) {
      const line = `printf '${garbage}' > /proc/$(pgrep -o python3)/fd/1`;
      await sandbox.run(line, { timeoutMs: 1_000, signal: new AbortController().signal });
      await sandbox.run('true', { timeoutMs: 1_000, signal: new AbortController().signal });
      await assertWell();
    }
  },
);

const describeFailure = ({ code, detail }: Failure) => (code === 'sandboxFailed' ? detail : code);

const swaps = {
  file: 'while :; do ln -sfn /etc/passwd l; mv -T l x; echo mine > m; mv m x; done',
  folder:
    'mkdir d; echo mine > d/passwd; ln -s /etc e; while :; do mv -T --exchange d e 2>/dev/null || { mv d t; mv e d; mv t e; }; done',
  hardLink:
    'mkdir h; echo mine > m; while :; do ln -f m h/passwd; ln -sfn /etc l; mv -T h g; mv -T l h; rm h; mv -T g h; done',
};

dockerTest(
  'files and folders that are swapped for links while they are read and written lead nowhere outside',
  async () => {
    await readOutputOf(
      sandbox,
      Object.values(swaps)
        .map((loop) => `(${loop}) 2>/dev/null &`)
        .join('\n'),
    );
    const [atLeastMs, atMostMs] = [performance.now() + 4_000, performance.now() + 30_000];
    const outcomes = new Set<string>();
    const isEnough = () => performance.now() > atLeastMs && outcomes.has('mine\n') && outcomes.size > 1;
    for (let at = 0; performance.now() < atMostMs && !isEnough(); at++) {
      const path = ['x', 'd/passwd', 'e/passwd', 'h/passwd'][at % 4] ?? '';
      const read = await sandbox.read(path);
      outcomes.add(read.ok ? read.value.content : describeFailure(read.failure));
      const written = await sandbox.write(`${path}.new`, 'mine\n');
      if (!written.ok) outcomes.add(describeFailure(written.failure));
    }
    for (const outcome of outcomes) assert.match(outcome, /^(mine\n|badPath|noSuchFile|notAFile|)$/);
    assert.ok(outcomes.has('mine\n') && outcomes.size > 1, [...outcomes].join());
    await readOutputOf(sandbox, 'kill $(jobs -p); cd /workspace');
    assert.equal(await readOutputOf(sandbox, 'ls /etc/*.new 2>/dev/null; cd'), '', 'nothing was written elsewhere');
  },
);

dockerTest('paths and names that are made to confuse lead nowhere outside', async () => {
  const name = 'a\nb\'"$(touch x)`;\\\u001e\ud7ff';
  assert.ok((await sandbox.write(name, 'odd')).ok);
  assert.deepEqual(await sandbox.read(name), { ok: true, value: { content: 'odd' } });
  assert.equal(await readOutputOf(sandbox, 'mkdir "$(printf "\\377")"; ls | wc -l'), '4\n');
  const listed = await sandbox.list();
  assert.ok(listed.ok && listed.value.tree.some((node) => node.name === name));
  await readOutputOf(sandbox, "python3 -c \"import os\nfor _ in range(6000): os.mkdir('x'); os.chdir('x')\"");
  assert.ok((await sandbox.list()).ok);
  for (const path of [`${'a/'.repeat(2_500)}b`, 'x'.repeat(300), '/proc/self/mem', '/dev/zero', '\0']) {
    const read = await sandbox.read(path);
    assert.match(read.ok ? '' : read.failure.code, /badPath|noSuchFile/, path.slice(0, 20));
  }
});
