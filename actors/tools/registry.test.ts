// Every tool's call is recorded before it runs and answered after, and no call whatever makes the registry throw.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MemorySandbox } from '../../sandbox/memory.ts';
import type { RunResult } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { ToolCall } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { prepareCall } from './registry.ts';
import type { Recorded } from './tool.ts';

const callOf = (name: string, input: unknown): ToolCall => ({ id: 'call-1', name, input });

/** What a call leaves: its action, and its observation where it runs. */
async function recordsOf(
  call: ToolCall,
  sandbox = new MemorySandbox(),
): Promise<{ action: Recorded; observation: Recorded | undefined }> {
  const { action, run } = prepareCall(call);
  const signal = new AbortController().signal;
  return { action, observation: await run?.({ sandbox, signal, commandTimeoutMs: 1_000 }) };
}

test('think records the thought and runs nothing', async () => {
  const call = callOf('think', { thought: 'Hm.' });
  assert.deepEqual(await recordsOf(call), {
    action: { eventType: 'ThinkAction', content: 'Hm.', metadata: { thought: 'Hm.', toolCall: call } },
    observation: undefined,
  });
});

test('shell records the command, and then its output with its exit code', async () => {
  const call = callOf('shell', { command: 'echo hi && false' });
  const command = 'echo hi && false';
  assert.deepEqual(await recordsOf(call), {
    action: { eventType: 'CmdRunAction', content: command, metadata: { command, toolCall: call } },
    observation: {
      eventType: 'CmdOutputObservation',
      content: 'hi\nfalse: \n',
      metadata: { command, exitCode: 1, toolCallId: 'call-1' },
    },
  });
});

test('write records path and content, and then where the file is', async () => {
  const sandbox = new MemorySandbox();
  const call = callOf('write', { path: 'a.txt', content: 'text' });
  assert.deepEqual(await recordsOf(call, sandbox), {
    action: { eventType: 'FileWriteAction', content: 'text', metadata: { path: '/workspace/a.txt', toolCall: call } },
    observation: {
      eventType: 'FileWriteObservation',
      content: 'Wrote 4 characters to /workspace/a.txt.',
      metadata: { path: '/workspace/a.txt', toolCallId: 'call-1' },
    },
  });
  assert.deepEqual(await sandbox.read('a.txt'), succeeded({ content: 'text' }));
});

test('read records the path, and then the content', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('a.txt', 'text');
  const call = callOf('read', { path: 'a.txt' });
  assert.deepEqual(await recordsOf(call, sandbox), {
    action: {
      eventType: 'FileReadAction',
      content: '/workspace/a.txt',
      metadata: { path: '/workspace/a.txt', toolCall: call },
    },
    observation: {
      eventType: 'FileReadObservation',
      content: 'text',
      metadata: { path: '/workspace/a.txt', toolCallId: 'call-1' },
    },
  });
});

test('finish records the message, ends the turn and runs nothing', async () => {
  const call = callOf('finish', { message: 'Done.' });
  assert.deepEqual(await recordsOf(call), {
    action: { eventType: 'AgentFinishAction', content: 'Done.', metadata: { toolCall: call } },
    observation: undefined,
  });
});

test('only finish ends a turn, and only shell and write change files', () => {
  const inputs = { thought: '', command: 'x', path: 'x', content: '', message: '' };
  const all = ['think', 'shell', 'write', 'read', 'finish'].map((name) => ({
    name,
    ...prepareCall(callOf(name, inputs)),
  }));
  const namesOf = (picked: typeof all) => picked.map(({ name }) => name);
  assert.deepEqual(namesOf(all.filter(({ endsTurn }) => endsTurn)), ['finish']);
  assert.deepEqual(namesOf(all.filter(({ changesFiles }) => changesFiles)), ['shell', 'write']);
});

test('what a sandbox refuses is an observation that says why', async () => {
  for (const [name, input] of [
    ['read', { path: '../etc/passwd' }],
    ['write', { path: '/etc/passwd', content: '' }],
  ] as const) {
    const { observation } = await recordsOf(callOf(name, input));
    assert.deepEqual(observation, {
      eventType: 'ErrorObservation',
      content: 'The path must stay inside /workspace.',
      metadata: { toolCallId: 'call-1' },
    });
  }
});

class EndingSandbox extends MemorySandbox {
  readonly #end: Outcome<RunResult>;

  constructor(end: Outcome<RunResult>) {
    super();
    this.#end = end;
  }

  override async run(): Promise<Outcome<RunResult>> {
    return this.#end;
  }
}

test('a command that ran out of time, was interrupted or could not run says so, with what it had said', async () => {
  const call = callOf('shell', { command: 'x' });
  const ends: [Outcome<RunResult>, string, string, number | undefined][] = [
    [
      succeeded({ kind: 'timedOut', output: 'a', limitMs: 5 }),
      'CmdOutputObservation',
      'a\n[The command ran into its time limit and was ended.]',
      124,
    ],
    [succeeded({ kind: 'cancelled', output: 'b' }), 'CmdOutputObservation', 'b\n[The command was interrupted.]', 130],
    [failed('sandboxFailed', 'The container is gone.'), 'ErrorObservation', 'The container is gone.', undefined],
  ];
  for (const [end, eventType, content, exitCode] of ends) {
    const { observation } = await recordsOf(call, new EndingSandbox(end));
    assert.deepEqual(
      [observation?.eventType, observation?.content, observation?.metadata.exitCode, observation?.metadata.toolCallId],
      [eventType, content, exitCode, 'call-1'],
    );
  }
});

test('an unknown tool is recorded and answered with its name', async () => {
  const call = callOf('teleport', { to: 'Mars' });
  assert.deepEqual(await recordsOf(call), {
    action: { eventType: 'ToolCallAction', content: 'teleport', metadata: { toolCall: call } },
    observation: {
      eventType: 'ErrorObservation',
      content: 'There is no tool named "teleport".',
      metadata: { toolCallId: 'call-1' },
    },
  });
});

test('a call with wrong input is recorded and answered with what is wrong', async () => {
  const { action, observation } = await recordsOf(callOf('write', { path: '' }));
  assert.equal(action.eventType, 'ToolCallAction');
  assert.equal(observation?.eventType, 'ErrorObservation');
  assert.match(observation.content, /^The call of write is invalid: path: .*; content: /);
});

test('an enormous output is cut, and text that PostgreSQL can’t store is cleaned', async () => {
  const long = `${'x'.repeat(limits.observationCharsMax)}y`;
  const cut = await recordsOf(callOf('shell', { command: 'x' }), new EndingSandbox(exited(long)));
  assert.equal(cut.observation?.content, long.slice(0, -1));
  const dirty = await recordsOf(callOf('shell', { command: 'a\0\ud800' }), new EndingSandbox(exited('b\0\ud800')));
  assert.equal(dirty.action.content, 'a\uFFFD\uFFFD');
  assert.equal(dirty.observation?.content, 'b\uFFFD\uFFFD');
});

const exited = (output: string) => succeeded({ kind: 'exited', output, exitCode: 0 } as const);

test('no call whatever makes the registry throw, and every call that runs is answered under its id', async () => {
  const name = fc.oneof(fc.constantFrom('think', 'shell', 'write', 'read', 'finish', '__proto__'), fc.string());
  const input = fc.oneof(
    fc.anything(),
    fc.record({ command: fc.string(), path: fc.string(), content: fc.string(), thought: fc.string() }),
  );
  await fc.assert(
    fc.asyncProperty(name, input, async (tool, given) => {
      const call = callOf(tool, given);
      const { action, observation } = await recordsOf(call);
      assert.equal(action.metadata.toolCall, call);
      assert.ok(action.content.isWellFormed() && !action.content.includes('\0'));
      if (prepareCall(call).run) assert.equal(observation?.metadata.toolCallId, call.id);
    }),
  );
});
