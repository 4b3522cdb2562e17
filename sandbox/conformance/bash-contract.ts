// The part of the contract for sandboxes that run commands by a real bash, on a real file system.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import type { RunResult } from '../sandbox.ts';
import { waitUntilHolds } from '../testing/wait-until.ts';
import { failureCodeOf, pathsOf, type TestedSandbox, unwrap } from './tested-sandbox.ts';

/** How late an end may be on a busy machine; what is ended would have gone on for longer. */
const busyMs = 20_000;

/** Counts the processes `sleep …` without `ps`, which a small machine lacks. */
const sleepersCommand = (seconds: string): string =>
  `count=0; for at in /proc/[0-9]*; do line=$(tr '\\0' ' ' 2>/dev/null <$at/cmdline); ` +
  `[[ $line == 'sleep '${seconds}' ' ]] && count=$((count + 1)); done 2>/dev/null; echo $count`;

/** Runs a command that prints `begun` until its time is over, with more of it where the machine was too busy to begin. */
async function runOverTime(
  command: string,
  run: (command: string, timeoutMs: number) => Promise<RunResult>,
): Promise<void> {
  for (let timeoutMs = 2_000; ; timeoutMs *= 3) {
    const result = await run(command, timeoutMs);
    if (result.output === '' && timeoutMs < 30_000) continue;
    return assert.deepEqual(result, { kind: 'timedOut', output: 'begun\n', limitMs: timeoutMs });
  }
}

export function testBashContract(tested: TestedSandbox): void {
  testShellState(tested);
  testOutput(tested);
  testSeparateOutput(tested);
  testCuts(tested);
  testStrangeFiles(tested);
}

function testShellState(tested: TestedSandbox): void {
  test('the environment lasts', async () => {
    await tested.run('export LASTS="a b"; cd /tmp');
    assert.equal(await tested.readOutput('echo "$LASTS" "$PWD"; bash -c \'echo "$LASTS"\''), 'a b /tmp\na b\n');
    await tested.run('cd - >/dev/null');
  });

  test('after `exit` the next command has a shell with the same folder and environment', async () => {
    await tested.run('mkdir -p left; cd left; export LEFT=yes');
    assert.deepEqual(await tested.run('echo bye; exit 3'), { kind: 'exited', output: 'bye\n', exitCode: 3 });
    assert.match(await tested.readOutput('echo $LEFT; pwd'), /^yes\n.*\/left\n$/);
    await tested.run('cd ..');
  });
}

function testOutput(tested: TestedSandbox): void {
  test('output arrives while the command runs', async () => {
    const chunks: string[] = [];
    const go = `${tested.sandbox.root}/go`;
    const command = `echo first; until test -e ${go}; do sleep 0.02; done; rm ${go}; echo second >&2`;
    const running = tested.run(command, { onOutput: (chunk) => chunks.push(chunk.toString()) });
    await waitUntilHolds(() => assert.equal(chunks.join(''), 'first\n'));
    await tested.write('go', '');
    assert.equal((await running).output, 'first\nsecond\n');
    assert.equal(chunks.join(''), 'first\nsecond\n');
  });

  test('a long output keeps its beginning and end, and says what was left out', async () => {
    let bytes = 0;
    const onOutput = (chunk: Buffer) => {
      bytes += chunk.length;
    };
    const { output } = await tested.run('echo begin; yes | head -c 3000000; echo end', { onOutput });
    assert.match(output, /^begin\ny\n[\s\S]*\[… \d{7} bytes left out …\][\s\S]*y\nend\n$/);
    assert.ok(output.length <= limits.observationCharsMax);
    assert.equal(bytes, 3_000_010);
  });

  test('bytes that are no UTF-8 are replaced', async () => {
    assert.equal(await tested.readOutput("printf 'a\\377b'"), 'a\ufffdb');
  });
}

function testSeparateOutput(tested: TestedSandbox): void {
  const noise = 'while sleep 0.01; do printf "./evil.txt\\0007:forged needle\\n"; done';

  test("what an earlier command left in the background never prints into a later one's output, nor into a tool's", async () => {
    await tested.run(`(${noise}) & echo $! > noisy`);
    for (let round = 0; round < 5; round++) {
      assert.equal(await tested.readOutput('sleep 0.05; echo own'), 'own\n');
      const separate = await tested.run('sleep 0.05; echo own', { isSeparate: true });
      assert.deepEqual(separate, { kind: 'exited', output: 'own\n', exitCode: 0 });
    }
    await tested.run('kill $(cat noisy); rm noisy');
  });

  test('a separate command depends on nothing that earlier commands made of the shell, and changes nothing of it', async () => {
    await tested.run(
      'mkdir -p kept; cd kept; OLD=$PATH; export PATH=/nope BASH_ENV=/nope LC_ALL=x; echo() { :; }; exec 3>&1',
    );
    const command = 'cut -c 2- <<<"xfound"; command -v rg >/dev/null && pwd; export KEPT=no; cd /; exit 3';
    const { output, exitCode } = (await tested.run(command, { isSeparate: true })) as {
      output: string;
      exitCode: number;
    };
    assert.match(output, /^found\n\/\S+\n$/);
    assert.doesNotMatch(output, /kept/);
    assert.equal(exitCode, 3);
    assert.match(
      await tested.readOutput('unset -f echo; unset BASH_ENV LC_ALL; export PATH=$OLD; pwd; echo "$KEPT"'),
      /\/kept\n\n$/,
    );
    await tested.run('cd ..');
  });

  test('a separate command is ended by its limit and by a signal, with all that it started, and the shell runs on', async () => {
    await tested.run('sleep 4741 & echo $! > beside');
    await runOverTime('echo begun; setsid sleep 4742 & sleep 4743', (command, timeoutMs) =>
      tested.run(command, { isSeparate: true, timeoutMs }),
    );
    const controller = new AbortController();
    const onOutput = () => controller.abort();
    const running = tested.run('echo begun; sleep 4744', { isSeparate: true, signal: controller.signal, onOutput });
    assert.deepEqual(await running, { kind: 'cancelled', output: 'begun\n' });
    await waitUntilHolds(async () => assert.equal(await tested.readOutput(sleepersCommand('474[234]')), '0\n'));
    assert.equal(await tested.readOutput('kill $(cat beside) && echo it ran; rm beside'), 'it ran\n');
  });
}

function testCuts(tested: TestedSandbox): void {
  test('a timeout ends a command with all that it started, and the next one works where it was', async () => {
    const place = `${tested.sandbox.root}/slow`;
    const command = `export KEPT=before; mkdir -p ${place}; cd ${place}; echo begun; setsid sleep 4711 & sleep 4712; touch rest`;
    await runOverTime(command, async (line, timeoutMs) => {
      const startedAtMs = performance.now();
      const result = await tested.run(line, { timeoutMs });
      assert.ok(performance.now() - startedAtMs < timeoutMs + busyMs);
      return result;
    });
    assert.match(await tested.readOutput('pwd; ls'), /\/slow\n$/, 'the rest of the line did not run');
    await waitUntilHolds(async () => assert.equal(await tested.readOutput(sleepersCommand('471[12]')), '0\n'));
    await tested.run('cd ..');
  });

  test('a signal ends a command at once', async () => {
    for (const command of ['echo begun; sleep 40', "trap '' TERM INT; echo begun; while :; do sleep 0.1; done"]) {
      const controller = new AbortController();
      let cutAtMs = Number.NaN;
      const onOutput = () => {
        cutAtMs = performance.now();
        controller.abort();
      };
      const running = tested.run(command, { signal: controller.signal, onOutput });
      assert.deepEqual(await running, { kind: 'cancelled', output: 'begun\n' });
      assert.ok(performance.now() - cutAtMs < busyMs, command);
    }
    assert.equal(await tested.readOutput('echo on'), 'on\n');
  });

  test('a command that waits for its turn can be cancelled, and the one that runs is not', async () => {
    const controller = new AbortController();
    const first = tested.run('sleep 0.5; echo first');
    const second = tested.run('echo second', { signal: controller.signal });
    controller.abort();
    assert.deepEqual(await second, { kind: 'cancelled', output: '' });
    assert.equal((await first).output, 'first\n');
  });

  test('a background process goes on, and does not hold the next command up', async () => {
    await tested.run('(sleep 0.3; echo done > background; sleep 5) & disown');
    assert.equal(await tested.readOutput('echo meanwhile'), 'meanwhile\n');
    const readBackground = () => tested.sandbox.read('background');
    const done = { ok: true, value: { content: 'done\n' } };
    await waitUntilHolds(async () => assert.deepEqual(await readBackground(), done));
  });
}

function testStrangeFiles(tested: TestedSandbox): void {
  test('a pipe, a device and a huge file are refused at once, also four at once', async () => {
    await tested.run(
      'mkdir -p odd; mkfifo odd/fifo; ln -s /dev/zero odd/zero; truncate -s 100G odd/giant; ln -s fifo odd/f',
    );
    const four = ['odd/fifo', 'odd/fifo', 'odd/fifo', 'odd/f'];
    assert.deepEqual(await Promise.all(four.map((path) => tested.readRefusal(path))), Array(4).fill('notAFile'));
    assert.equal(await tested.readRefusal('odd/zero'), 'badPath');
    assert.equal(await tested.readRefusal('odd/giant'), 'fileTooLarge');
    const zeros = { content: 'AAAA', encoding: 'base64', size: 100 * 1024 ** 3 };
    assert.deepEqual(await tested.read('odd/giant', { offset: 50 * 1024 ** 3, length: 3 }), zeros);
    for (const path of ['odd/fifo', 'odd/zero'])
      assert.ok(['notAFile', 'badPath'].includes(failureCodeOf(await tested.sandbox.write(path, 'no'))), path);
    await tested.run('rm -r odd');
  });

  test('bytes that are no text come in base64', async () => {
    await tested.run("printf '\\377\\376' > binary");
    assert.deepEqual(await tested.read('binary'), { content: '//4=', encoding: 'base64' });
  });

  test('a tree of too many files is cut, and says so; one that is just not too large is whole', async () => {
    const sandbox = await tested.openAnother();
    const signal = new AbortController().signal;
    const run = async (command: string) => unwrap(await sandbox.run(command, { timeoutMs: 20_000, signal }));
    try {
      await run(`seq -f 'f%g' ${limits.treeEntriesMax} | xargs touch`);
      const whole = unwrap(await sandbox.list());
      assert.equal(whole.tree.length, limits.treeEntriesMax);
      assert.equal(whole.truncated, undefined);
      await run('mkdir a; touch a/b');
      const cut = unwrap(await sandbox.list());
      assert.equal(pathsOf(cut.tree).length, limits.treeEntriesMax);
      assert.equal(cut.truncated, true);
    } finally {
      await sandbox.close();
    }
  });
}
