// The open shell behaves as a terminal's; against a real bash of this machine.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { findMarkedProcesses, killMarkedHere, startBash } from '../testing/bash-pipe.ts';
import { waitUntilHolds } from '../testing/wait-until.ts';
import { outputBytesMax } from './command-output.ts';
import { type KillTarget, OpenShell, type ShellEnd } from './open-shell.ts';

const folder = realpathSync(mkdtempSync('/tmp/lucid-shell-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;
const exited = (exitCode: number): ShellEnd => ({ kind: 'exited', exitCode });
const shellEnded = (exitCode: number): ShellEnd => ({ kind: 'shellEnded', exitCode });

let shell: OpenShell;
let marks: string[];
beforeEach(async () => {
  marks = [];
  shell = await opened();
});
afterEach(() => shell?.close());

async function opened(workingFolder?: string, memory?: string, environment = {}): Promise<OpenShell> {
  const end = (victims: KillTarget) => {
    marks.push(victims.mark);
    return killMarkedHere(victims);
  };
  const open = await OpenShell.open(startBash(folder, environment), end, workingFolder, memory);
  assert.ok(open);
  return open;
}

async function run(command: string, { timeoutMs = 20_000, signal = never } = {}) {
  const { end, output } = await shell.run(command, { timeoutMs, signal });
  return { end, output: output.toText() };
}

const outputOf = async (command: string) => (await run(command)).output;

describe('what lasts', () => {
  test('the working folder, the environment, functions and aliases', async () => {
    await run('mkdir -p "a b/c"; cd "a b/c"; export KEPT=yes; plain=too; greet() { echo "hello $1"; }; alias hi=greet');
    assert.equal(await outputOf('pwd; echo $KEPT $plain'), `${folder}/a b/c\nyes too\n`);
    assert.equal(shell.workingFolder, `${folder}/a b/c`);
    assert.equal(await outputOf("hi you; bash -c 'echo $KEPT'"), 'hello you\nyes\n');
  });

  test('a folder with a newline and quotes in its name', async () => {
    const name = `it's "odd"\n\x1e $HOME`;
    await run(`mkdir -p ${JSON.stringify('x')} && cd x && mkdir -p '${name.replaceAll("'", "'\\''")}' && cd "$(ls)"`);
    assert.equal(shell.workingFolder, `${folder}/x/${name}`);
  });

  test('a fresh shell with a state file has the folder and environment of the one before', async () => {
    const memory = path.join(folder, 'memory');
    shell.close();
    shell = await opened(undefined, memory);
    await run(`mkdir -p sub; cd sub; export LINES_OF='one\ntwo' QUOTED="it's"`);
    assert.deepEqual((await run('exit 3')).end, shellEnded(3));
    shell = await opened(undefined, memory);
    assert.equal(await outputOf('pwd; echo "$LINES_OF" "$QUOTED"'), `${folder}/sub\none\ntwo it's\n`);
    shell.close();
    shell = await opened('/tmp', memory);
    assert.equal(await outputOf('pwd; echo "$QUOTED"'), "/tmp\nit's\n");
  });

  test('a state file does not bring back the proxies of an earlier start', async () => {
    const memory = path.join(folder, 'memory');
    const restarted = async (http_proxy: string) => {
      shell.close();
      shell = await opened(undefined, memory, { http_proxy });
    };
    await restarted('http://old@localhost');
    await run('export KEPT=yes');
    await restarted('http://new@localhost:1/?a=b');
    assert.equal(await outputOf('echo $http_proxy $KEPT'), 'http://new@localhost:1/?a=b yes\n');
  });
});

test('a shell that was killed while it saved its state is replaced by one with the last whole copy', async () => {
  const memory = path.join(folder, 'cut');
  shell.close();
  shell = await opened(undefined, memory);
  await run('export KEPT=yes; cd /tmp');
  const whole = readFileSync(memory, 'utf8');
  for (const copy of [memory, `${memory}.2`]) {
    for (const length of [0, 1, Math.floor(whole.length / 2), whole.length - 1]) {
      writeFileSync(copy, whole.slice(0, length));
      shell.close();
      shell = await opened(undefined, memory);
      assert.equal(await outputOf('echo $KEPT; pwd'), 'yes\n/tmp\n', `${copy} cut at ${length}`);
    }
  }
});

describe('how commands end', () => {
  test('with their exit code, and output in the order it was printed', async () => {
    assert.deepEqual(await run('echo out; echo err >&2; echo again; (exit 7)'), {
      end: exited(7),
      output: 'out\nerr\nagain\n',
    });
    assert.deepEqual(await run('true'), { end: exited(0), output: '' });
    assert.deepEqual((await run('kill -9 $BASHPID & wait $!')).end, exited(137));
    assert.deepEqual((await run('no-such-command')).end, exited(127));
    assert.deepEqual(await run(''), { end: exited(0), output: '' });
    assert.deepEqual(await run('# a comment'), { end: exited(0), output: '' });
    assert.deepEqual(await run('printf no-newline'), { end: exited(0), output: 'no-newline' });
  });

  test('`exit`, `exec`, a failure under `set -e` and a kill of the shell end it, with the code', async () => {
    for (const [command, code] of [
      ['echo before; exit 3', 3],
      ['exec sh -c "echo before; exit 4"', 4],
      ['set -e; echo before; false; echo after', 1],
      ['echo before; kill -9 $$; sleep 1; echo after', 137],
    ] as const) {
      assert.deepEqual(await run(command), { end: shellEnded(code), output: 'before\n' }, command);
      assert.equal(shell.isUsable, false);
      shell = await opened();
    }
  });

  test('syntax errors are errors of that command alone', async () => {
    for (const command of ['if', 'echo )', 'fi; }', 'case', 'f() {', '[[', '&&', 'cat <<E\nopen'])
      assert.equal((await run(command)).end.kind, 'exited', command);
    assert.match(await outputOf('if'), /syntax error/);
    assert.deepEqual(await run('echo whole'), { end: exited(0), output: 'whole\n' });
  });

  test('an open quote or bracket is an error, and bash is not trusted after it', async () => {
    for (const command of ['echo "open', "echo 'open", 'echo $(', 'a=(', 'echo `', 'echo ${', 'echo $((']) {
      const { end, output } = await run(command);
      assert.ok(end.kind === 'exited' && end.exitCode > 0, command);
      assert.match(output, /unexpected EOF/);
      assert.equal(shell.isUsable, false);
      shell = await opened();
    }
  });

  test('here-documents, comments, several lines and backslashes at the end', async () => {
    const script = `cat <<'EOF' # a comment\n  $HOME 'quoted' \\\nEOF\nfor i in 1 2; do\n  echo "$i"\ndone\necho end \\`;
    assert.equal(await outputOf(script), "  $HOME 'quoted' \\\n1\n2\nend\n");
  });

  test('a command gets no input, so one that reads does not hang', async () => {
    assert.deepEqual(await run('cat; read line; echo "read: $?"'), { end: exited(0), output: 'read: 1\n' });
  });

  test('a very long command, and one with NUL in it', async () => {
    const long = 'x'.repeat(1_000_000);
    assert.equal(await outputOf(`echo '${long}' | wc -c`), '1000001\n');
    assert.equal(await outputOf('echo a\0b'), 'ab\n');
  });
});

describe('unusual folders and background processes', () => {
  test('the shell goes on in a folder that was deleted', async () => {
    assert.deepEqual((await run('mkdir -p gone; cd gone; rmdir ../gone')).end, exited(0));
    assert.equal(await outputOf('echo on'), 'on\n');
    assert.deepEqual((await run('cd ..; pwd')).output, `${folder}\n`);
  });

  test('background processes neither hold a command up nor end with it', async () => {
    const { end } = await run('sleep 30 & echo $! > pid');
    assert.deepEqual(end, exited(0));
    assert.equal(await outputOf('kill -0 $(cat pid) && echo alive; kill $(cat pid)'), 'alive\n');
  });
});

describe('what commands do to the shell', () => {
  test('what a command does to its output is undone when it ends', async () => {
    for (const command of [
      'exec >&-',
      'exec 2>&-',
      'exec >/dev/null 2>&1',
      'exec 0<&-',
      'exec 97>&-',
      'exec 8>&- 9>&-',
    ])
      assert.deepEqual((await run(command)).end, exited(0), command);
    assert.equal(await outputOf('echo heard; echo heard >&2'), 'heard\nheard\n');
  });

  test('printing end markers of its own, or of an earlier command, changes nothing', async () => {
    const forged = `\x1e${'0'.repeat(32)} 9 /etc\0`;
    assert.deepEqual(await run(`printf '\\036%032d 9 /etc\\0' 0; exit_code() { return 5; }; exit_code`), {
      end: exited(5),
      output: forged,
    });
    assert.equal(shell.workingFolder, folder);
  });

  test('tracing, traps and options show the command, not how it is run', async () => {
    assert.equal(await outputOf('set -x; echo traced'), '++ echo traced\ntraced\n');
    assert.equal(await outputOf('set +x'), '++ set +x\n');
    assert.equal(await outputOf("trap 'echo [$BASH_COMMAND]' DEBUG; echo debugged"), '[echo debugged]\ndebugged\n');
    assert.equal(await outputOf('trap - DEBUG'), '[trap - DEBUG]\n');
    for (const option of ['set -u', 'set -f', 'set -o noclobber', 'shopt -s nullglob', 'IFS=0123456789x', 'set -a'])
      assert.deepEqual((await run(option)).end, exited(0), option);
    assert.deepEqual(await run('echo fine; (exit 12)'), { end: exited(12), output: 'fine\n' });
  });

  test('functions and aliases named like programs that run commands take effect in commands only', async () => {
    await run("alias eval='echo no' export='echo no' builtin='echo no'; printf() { echo mine; }; cd() { echo mine; }");
    assert.deepEqual(await run('printf x; cd /; declare() { echo mine; }'), { end: exited(0), output: 'mine\nmine\n' });
    assert.deepEqual(await run('echo fine'), { end: exited(0), output: 'fine\n' });
  });

  test('bytes that are no text pass, and arrive while the command runs', async () => {
    const received: Buffer[] = [];
    const go = path.join(folder, 'go');
    const command = `printf '\\377\\036\\0'; until test -e '${go}'; do sleep 0.02; done; printf '\\036'`;
    const running = shell.run(command, { timeoutMs: 60_000, signal: never, onOutput: (chunk) => received.push(chunk) });
    await waitUntilHolds(() => assert.deepEqual(Buffer.concat(received), Buffer.from([0xff, 0x1e, 0])));
    writeFileSync(go, '');
    const { output } = await running;
    assert.equal(output.toText(), '\ufffd\x1e\0\x1e');
    assert.deepEqual(Buffer.concat(received), Buffer.from([0xff, 0x1e, 0, 0x1e]));
  });

  test('a hundred megabytes pass', async () => {
    const { output } = await shell.run('head -c 100000000 /dev/zero', { timeoutMs: 20_000, signal: never });
    assert.equal(output.bytes, 100_000_000);
    assert.ok(output.toText().length <= outputBytesMax);
  });
});

describe('a command that is cut', () => {
  test('by its time ends with all that it started; the rest of its line never runs, and its folder lasts', async () => {
    const command = 'mkdir -p deep; cd deep; echo begun; setsid sleep 40 & sleep 41; echo after; touch after';
    const cutAfter = async (timeoutMs: number): Promise<void> => {
      const startedAtMs = performance.now();
      const cut = await run(command, { timeoutMs });
      assert.ok(performance.now() - startedAtMs < timeoutMs + 20_000, 'it waited for neither sleep');
      assert.equal(marks.length, 1);
      if (cut.output !== '' || timeoutMs > 10_000)
        return assert.deepEqual(cut, { end: { kind: 'timedOut' }, output: 'begun\n' });
      marks = []; // The machine was too busy to begin.
      shell = await opened();
      return cutAfter(3 * timeoutMs);
    };
    await cutAfter(1_000);
    await waitUntilHolds(() => assert.deepEqual(marks.flatMap(findMarkedProcesses), []));
    assert.equal(shell.isUsable, false);
    assert.equal(shell.workingFolder, `${folder}/deep`);
    shell = await opened(shell.workingFolder);
    assert.equal(await outputOf('pwd; ls'), `${folder}/deep\n`);
  });

  test('by a signal ends at once, also one that loops in bash itself or ignores signals', async () => {
    for (const command of [
      'while :; do :; done',
      "trap '' TERM INT HUP; sleep 40",
      'kill -STOP $$',
      'sleep 40 | cat',
    ]) {
      const controller = new AbortController();
      const running = run(command, { signal: controller.signal });
      await setTimeout(100);
      const cutAtMs = performance.now();
      controller.abort();
      assert.deepEqual(await running, { end: { kind: 'cancelled' }, output: '' }, command);
      assert.ok(performance.now() - cutAtMs < 30_000, command);
      shell = await opened();
    }
  });

  test('ends in time although nothing can be killed', async () => {
    const deaf = await OpenShell.open(startBash(folder), () => new Promise<string>(() => undefined));
    assert.ok(deaf);
    const startedAtMs = performance.now();
    const { end } = await deaf.run('sleep 40', { timeoutMs: 100, signal: never });
    assert.deepEqual(end, { kind: 'timedOut' });
    assert.ok(performance.now() - startedAtMs < 20_000, 'it did not wait for the sleep');
    assert.equal(deaf.isUsable, false);
  });

  test('two commands at once are a mistake of the caller', async () => {
    const first = run('sleep 0.1');
    await assert.rejects(run('echo second'), /runs a command already/);
    await first;
  });

  test('a shell that ends while nothing runs is no longer usable', async () => {
    await run('(sleep 0.1; kill -9 $$) &');
    await waitUntilHolds(() => assert.equal(shell.isUsable, false));
  });
});
