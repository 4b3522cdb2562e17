// Commands: how long they may take, and what is passed on of their output while they run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { observeCall } from '../testing/tool-calls.ts';
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
  assert.equal(await timeoutOf({ timeoutSeconds: 5 }, 3_600_000, 'bash'), 5_000);
  for (const timeoutSeconds of [0, -1, 1.5, '5']) assert.equal(await timeoutOf({ timeoutSeconds }, 1_000), undefined);
});

test('a command that ran out of time says how to ask for more, where there is more', async () => {
  const noteOf = async (commandTimeoutMs: number) => {
    const sandbox = new RecordingSandbox(succeeded({ kind: 'timedOut', output: '', limitMs: 7_000 }));
    return (await observeCall('shell', { command: 'x' }, sandbox, { commandTimeoutMs })).content;
  };
  assert.match(await noteOf(3_600_000), /limit of 7 s .* a longer timeoutSeconds, or run it in the/);
  assert.match(await noteOf(7_000), /No command gets longer: run it in the background/);
});

test('what a command prints is passed on while it runs', async () => {
  const printed: string[] = [];
  const onOutput = (chunk: Buffer) => void printed.push(chunk.toString());
  await observeCall('shell', { command: 'x' }, new RecordingSandbox(), { onOutput });
  assert.deepEqual(printed, ['printed']);
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
