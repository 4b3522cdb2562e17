// The contract of commands in the background, for sandboxes with a real bash.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Background, BackgroundReading, EndedCommand } from '../background/background.ts';
import { backgroundRunningMax } from '../background/background-commands.ts';
import { waitUntil, waitUntilHolds } from '../testing/wait-until.ts';
import { failureCodeOf, type TestedSandbox, unwrap } from './tested-sandbox.ts';

const signal = new AbortController().signal;

/** Short methods for one sandbox's commands in the background. */
class TestedBackground {
  readonly #tested: TestedSandbox;

  constructor(tested: TestedSandbox) {
    this.#tested = tested;
  }

  get background(): Background {
    const { background } = this.#tested.sandbox;
    assert.ok(background);
    return background;
  }

  async start(command: string, isTerminal = false): Promise<string> {
    return unwrap(await this.background.start(command, isTerminal, signal));
  }

  async read(id: string, waitMs = 0, more: { input?: string; kill?: boolean } = {}): Promise<BackgroundReading> {
    return unwrap(await this.background.read(id, { signal, waitMs, ...more }));
  }

  /** Reads until it has printed this. @param output what was read before */
  async readUntil(id: string, wanted: RegExp, output = ''): Promise<string> {
    let all = output;
    await waitUntilHolds(async () => {
      if (!wanted.test(all)) all += (await this.read(id)).output;
      assert.match(all, wanted);
    });
    return all;
  }

  /** Types, and reads until it has ended: an answer may come before the end. */
  async typeLast(id: string, input: string): Promise<{ output: string; exitCode: number | undefined }> {
    let { output, end } = await this.read(id, 20_000, { input });
    while (end === undefined) {
      const more = await this.read(id, 20_000);
      output += more.output;
      end = more.end;
    }
    return { output, exitCode: end.exitCode };
  }
}

export function testBackgroundContract(tested: TestedSandbox): void {
  const running = new TestedBackground(tested);
  testStarting(tested, running);
  testEnding(tested, running);
  testProcesses(tested, running);
  testWaiting(tested, running);
}

function testStarting(tested: TestedSandbox, running: TestedBackground): void {
  test('a command in the background has the folder and variables of the shell, and its output is read as it comes', async () => {
    await tested.run('mkdir -p behind && cd behind && export WORD=said');
    const command = 'basename "$PWD"; echo $WORD >&2; read line; echo "got $line"; exit 3';
    const id = await running.start(command);
    await tested.run('cd ..');
    assert.equal(await running.readUntil(id, /said\n/), 'behind\nsaid\n');
    assert.deepEqual(await running.typeLast(id, 'a line\n'), { output: 'got a line\n', exitCode: 3 });
    assert.deepEqual(await running.read(id), { command, output: '', end: { exitCode: 3 } });
  });

  test('the shell is free meanwhile, and a command that is waited for tells its end at once', async () => {
    const id = await running.start('sleep 1; echo done');
    assert.equal(await tested.readOutput('echo free'), 'free\n');
    assert.deepEqual((await running.read(id, 20_000)).end, { exitCode: 0 });
  });

  test('what was typed is answered, in a terminal too, whose output is what it shows in the end', async () => {
    const plain = await running.start('while read line; do echo "[$line]"; done; echo over');
    const lines = await running.read(plain, 10_000, { input: 'one\ntwo\n' });
    assert.equal(await running.readUntil(plain, /two\]\n/, lines.output), '[one]\n[two]\n');
    assert.deepEqual(await running.typeLast(plain, '\u0004'), { output: 'over\n', exitCode: 0 });
    const terminal = await running.start('tty; for n in 1 2 3; do printf "\\r$n of 3"; done; echo; cat', true);
    // Two reads may each have a part, which then is as the terminal showed it by then.
    const shown = await running.readUntil(terminal, /3 of 3\r?\n/);
    assert.match(shown, /^\/dev\/pts\/\d+\r?\n(\d of 3)*3 of 3\r?\n$/);
    const { output } = await running.read(terminal, 10_000, { input: 'x\n' });
    assert.match(await running.readUntil(terminal, /x\r?\nx\r?\n/, output), /^x\r?\nx\r?\n$/);
    assert.equal((await running.typeLast(terminal, '\u0003')).exitCode, 130);
  });
}

function testEnding(tested: TestedSandbox, running: TestedBackground): void {
  test('a command is ended with all that it has started, also where it does not want to', async () => {
    const id = await running.start('trap "" TERM INT; setsid sleep 987654 & sleep 987654');
    await running.read(id, 300, { input: '\u0003' });
    const { end } = await running.read(id, 0, { kill: true });
    assert.deepEqual(end, { exitCode: 137 });
    // An unconfined sandbox sees all of the machine: another test's command of the same kind, too.
    await waitUntilHolds(async () => assert.equal(await tested.readOutput('pgrep -cf "[s]leep 987654"'), '0\n'));
    assert.deepEqual((await running.read(id, 0, { kill: true })).end, { exitCode: 137 });
  });

  test('of a flood of output the newest is kept', async () => {
    const id = await running.start('seq 1 400000; echo the end');
    const { output, end } = await running.read(id, 60_000);
    assert.deepEqual(end, { exitCode: 0 });
    assert.match(output, /^\[… \d+ bytes left out …\]\n/);
    assert.match(output, /\n400000\nthe end\n$/);
  });

  test('who listens is told of an end that nobody has read, once', async () => {
    const told: EndedCommand[] = [];
    running.background.listen(async (ended) => void told.push(ended), false);
    const unread = await running.start('exit 7');
    await waitUntil(() => told.length > 0);
    assert.deepEqual<EndedCommand[]>(told, [{ id: unread, command: 'exit 7', exitCode: 7 }]);
    const read = await running.start('read line');
    await running.typeLast(read, '\n');
    running.background.listen(async (ended) => void told.push(ended), true);
    await waitUntil(() => !running.background.isActive);
    assert.equal(told.length, 1);
  });
}

function testProcesses(tested: TestedSandbox, running: TestedBackground): void {
  test('a list of processes shows short lines of what supervises a command, which inherits nothing of it', async () => {
    running.background.listen(async () => undefined, true);
    const id = await running.start('env; read line');
    const count = (pattern: string) => tested.readOutput(`cat /proc/[0-9]*/cmdline 2>&- | tr '\\0' ' ' | ${pattern}`);
    await waitUntilHolds(async () => {
      assert.match(await count("grep -ac '[) ]start /'"), /^[1-9]/);
      assert.equal(await count("grep -ac '[c]lass Supervisor'"), '0\n');
    });
    const { output } = await running.read(id, 0, { kill: true });
    assert.match(output, /^LUCID_COMMAND=/m);
    assert.doesNotMatch(output, /LUCID_PROGRAM|class Supervisor/);
  });
}

function testWaiting(tested: TestedSandbox, running: TestedBackground): void {
  test('no more commands run at once than may, and an id that there is not is refused in words', async () => {
    const ids: string[] = [];
    for (let n = 0; n < backgroundRunningMax; n++) ids.push(await running.start('sleep 600'));
    const refused = await running.background.start('true', false, signal);
    assert.match(refused.ok ? '' : refused.failure.detail, /^8 commands run in the background already/);
    for (const id of ids) await running.read(id, 0, { kill: true });
    for (const id of ['0', '999999', '-1', '../1', '', '1; touch no'])
      assert.equal(failureCodeOf(await running.background.read(id, { signal, waitMs: 0 })), 'invalid', id);
  });

  test('waiting can be interrupted, and what is waited for goes on', async () => {
    const id = await running.start('echo begun; sleep 600');
    await running.readUntil(id, /begun/);
    const interrupt = new AbortController();
    const waiting = running.background.read(id, { signal: interrupt.signal, waitMs: 60_000 });
    setTimeout(() => interrupt.abort(), 200);
    assert.equal(failureCodeOf(await waiting), 'sandboxFailed');
    assert.equal((await running.read(id)).end, undefined);
    await running.read(id, 0, { kill: true });
  });

  test('a command that is too slow or interrupted takes nothing of the background with it', async () => {
    const id = await running.start('while sleep 0.2; do echo on; done');
    const slow = await tested.run('sleep 60', { timeoutMs: 300 });
    assert.equal(slow.kind, 'timedOut');
    const interrupted = await tested.run('sleep 60', { signal: AbortSignal.timeout(300) });
    assert.equal(interrupted.kind, 'cancelled');
    await running.read(id);
    await running.readUntil(id, /on/);
    assert.equal((await running.read(id)).end, undefined);
    await running.read(id, 0, { kill: true });
  });
}
