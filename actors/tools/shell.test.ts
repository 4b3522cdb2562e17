// Commands: how long they may take, what is passed on of their output while they run, and a shell that is started anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { callOf, observeCall, runCall } from '../testing/tool-calls.ts';
import { observedTextOf } from './observed-text.ts';

/** Remembers what it was asked, prints a word, and ends as it is told to. */
class RecordingSandbox extends MemorySandbox {
  readonly asked: { command: string; timeoutMs: number }[] = [];
  readonly #end: Outcome<RunResult>;

  constructor(end: Outcome<RunResult> = succeeded({ kind: 'exited', output: '', exitCode: 0 })) {
    super();
    this.#end = end;
  }

  override async run(command: string, { timeoutMs, onOutput }: RunOptions): Promise<Outcome<RunResult>> {
    this.asked.push({ command, timeoutMs });
    onOutput?.(Buffer.from('printed'));
    return this.#end;
  }
}

test('a command gets the time that it asks for, a usual one without, and never more than the turn has', async () => {
  const timeoutOf = async (input: Record<string, unknown>, commandTimeoutMs: number, name = 'shell') => {
    const sandbox = new RecordingSandbox();
    await observeCall(name, { command: 'x', ...input }, sandbox, { commandTimeoutMs });
    return sandbox.asked[0]?.timeoutMs;
  };
  assert.equal(await timeoutOf({}, 3_600_000), limits.commandDefaultTimeoutMs);
  assert.equal(await timeoutOf({ timeoutSeconds: 5 }, 3_600_000), 5_000);
  assert.equal(await timeoutOf({ timeoutSeconds: 1_000_000 }, 3_600_000), 3_600_000);
  assert.equal(await timeoutOf({}, 1_000), 1_000);
  assert.equal(await timeoutOf({ timeoutSeconds: 0 }, 1_000), undefined);
  assert.equal(await timeoutOf({}, 3_600_000, 'bash'), limits.commandDefaultTimeoutMs);
  for (const input of [{ timeout_ms: 600_000 }, { timeout: 600 }, { timeout: 600_000 }, { timeoutSeconds: 600 }]) {
    assert.equal(await timeoutOf(input, 3_600_000, 'bash'), 600_000);
    assert.equal(await timeoutOf(input, 30_000, 'bash'), 30_000);
  }
  assert.equal(await timeoutOf({ timeout: -1 }, 1_000, 'bash'), undefined);
});

test('a command that ran out of time says how to ask for more, where there is more', async () => {
  const noteOf = async (name: string, commandTimeoutMs: number) => {
    const sandbox = new RecordingSandbox(succeeded({ kind: 'timedOut', output: '', limitMs: 7_000 }));
    return (await observeCall(name, { command: 'x' }, sandbox, { commandTimeoutMs })).content;
  };
  assert.match(
    await noteOf('shell', 3_600_000),
    /limit of 7 s .* a longer timeoutSeconds where you can, or run it in the/,
  );
  assert.match(await noteOf('bash', 3_600_000), /limit of 7 s .* a longer timeout_ms where you can, or run it in the/);
  assert.match(
    await noteOf('bash', 7_000),
    /No command gets longer: run it in the background with its output in a file/,
  );
});

test('what a command prints is passed on while it runs', async () => {
  const printed: string[] = [];
  const onOutput = (chunk: Buffer) => void printed.push(chunk.toString());
  for (const name of ['shell', 'bash']) await observeCall(name, { command: 'x' }, new RecordingSandbox(), { onOutput });
  assert.deepEqual(printed, ['printed', 'printed']);
});

test("the shell that Anthropic's models know runs commands as ours does", async () => {
  const call = callOf('bash', { command: 'echo hi' });
  assert.deepEqual(await runCall(call), {
    action: { eventType: 'CmdRunAction', content: 'echo hi', metadata: { command: 'echo hi', toolCall: call } },
    observation: {
      eventType: 'CmdOutputObservation',
      content: 'hi\n',
      metadata: { command: 'echo hi', exitCode: 0, toolCallId: 'call-1' },
    },
  });
});

test('a restart ends the shell and says what may be left of it', async () => {
  const sandbox = new RecordingSandbox();
  const { action, observation } = await runCall(callOf('bash', { restart: true, command: 'ls' }), sandbox);
  assert.deepEqual([action.eventType, action.content, sandbox.asked[0]?.command], ['CmdRunAction', 'exit', 'exit']);
  assert.match(observation?.content ?? '', /The shell was ended\. .* exported variables may still be set/);
  const broken = new RecordingSandbox(failed('sandboxFailed', 'The container is gone.'));
  const failure = await observeCall('bash', { restart: true }, broken);
  assert.deepEqual([failure.eventType, failure.content], ['ErrorObservation', 'The container is gone.']);
  const stuck = new RecordingSandbox(succeeded({ kind: 'timedOut', output: '', limitMs: 10_000 }));
  assert.doesNotMatch((await observeCall('bash', { restart: true }, stuck)).content, /The shell was ended/);
});

test('a call with neither a command nor a restart is an error that says so', async () => {
  for (const input of [{}, { restart: false }, { command: '' }]) {
    const { eventType, content } = await observeCall('bash', input, new RecordingSandbox());
    assert.equal(eventType, 'ErrorObservation');
    assert.match(content, /^The call of bash is invalid: /);
  }
});

test('a model reads how a command ended, and that there is nothing to read', () => {
  const text = (content: string, exitCode?: number) =>
    observedTextOf({ content, metadata: exitCode === undefined ? {} : { exitCode } });
  assert.equal(text('out\n', 0), 'out\n');
  assert.equal(text('out'), 'out');
  assert.equal(text('', 0), '[There is no output.]');
  assert.equal(text('', 1), '[exit code 1]');
  assert.equal(text('out', 2), 'out\n[exit code 2]');
  assert.equal(text('out\n', 2), 'out\n[exit code 2]');
});
