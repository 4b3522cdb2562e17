// Every tool's call is recorded before it runs and answered after, and no call makes the registry throw.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunResult } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { callOf, runCall } from '../testing/tool-calls.ts';
import { listTools } from './offered-tools.ts';
import { prepareCall } from './prepare-call.ts';
import { everyTool } from './tool-set.ts';

test('think records the thought and runs nothing', async () => {
  const call = callOf('think', { thought: 'Hm.' });
  assert.deepEqual(await runCall(call), {
    action: { eventType: 'ThinkAction', content: 'Hm.', metadata: { thought: 'Hm.', toolCall: call } },
    observation: undefined,
  });
});

test('shell records the command, and then its output with its exit code', async () => {
  const call = callOf('shell', { command: 'echo hi && false' });
  const command = 'echo hi && false';
  assert.deepEqual(await runCall(call), {
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
  assert.deepEqual(await runCall(call, sandbox), {
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
  assert.deepEqual(await runCall(call, sandbox), {
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
  assert.deepEqual(await runCall(call), {
    action: { eventType: 'AgentFinishAction', content: 'Done.', metadata: { toolCall: call } },
    observation: undefined,
  });
});

const goodCalls: Record<string, Record<string, unknown>[]> = {
  think: [{ thought: 'Hm.' }],
  finish: [{ message: 'Done.' }],
  shell: [{ command: 'ls' }],
  bash: [{ command: 'ls' }],
  read: [{ path: 'a' }],
  write: [{ path: 'a', content: '' }],
  edit: [
    { path: 'a', edits: [{ oldText: 'x', newText: 'y' }] },
    { path: 'a', oldText: 'x', newText: 'y' },
  ],
  search: [{ pattern: 'x' }],
  background: [{ id: 1 }],
  plan: [{ items: [{ text: 'Look', state: 'done' }] }],
  delegate: [{ task: 'Look' }],
  fetch: [{ url: 'https://example.com/' }],
};

test('only finish ends a turn; what only reads is told from what changes files', () => {
  const all = Object.entries(goodCalls).map(([name, [input]]) => ({
    name,
    ...prepareCall(callOf(name, input), everyTool),
  }));
  const namesOf = (picked: typeof all) => picked.map(({ name }) => name);
  assert.ok(all.every(({ action }) => action.eventType !== 'ToolCallAction'));
  assert.deepEqual(namesOf(all.filter(({ endsTurn }) => endsTurn)), ['finish']);
  assert.deepEqual(namesOf(all.filter(({ isReadOnly }) => isReadOnly)), [
    'think',
    'read',
    'search',
    'plan',
    'delegate',
    'fetch',
  ]);
  assert.deepEqual(namesOf(all.filter(({ changesFiles }) => changesFiles)), [
    'shell',
    'bash',
    'write',
    'edit',
    'background',
  ]);
});

test('the same tools are offered, always in the same order, and each says what it is for and takes a call', () => {
  const offered = listTools();
  assert.deepEqual(
    offered.map(({ name }) => name),
    ['shell', 'read', 'write', 'edit', 'search', 'think', 'finish', 'background', 'plan', 'delegate', 'fetch'],
  );
  assert.equal(JSON.stringify(listTools()), JSON.stringify(offered));
  for (const { name, description } of offered) {
    assert.match(description, /^[A-Z].{80,}/s, name);
    assert.ok(goodCalls[name], name);
  }
});

test('what a model writes as null is left out', () => {
  const call = callOf('read', { path: 'a', offset: null, limit: null });
  assert.equal(prepareCall(call, everyTool).action.eventType, 'FileReadAction');
  assert.equal(prepareCall(callOf('read', { path: null }), everyTool).action.eventType, 'ToolCallAction');
});

test('what a sandbox refuses is an observation that says why', async () => {
  for (const [name, input] of [
    ['read', { path: '../etc/passwd' }],
    ['write', { path: '/etc/passwd', content: '' }],
  ] as const) {
    const { observation } = await runCall(callOf(name, input));
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
  const ends: [Outcome<RunResult>, string, RegExp, number | undefined][] = [
    [
      succeeded({ kind: 'timedOut', output: 'a', limitMs: 5 }),
      'CmdOutputObservation',
      /^a\n\[The command ran into its time limit of 0\.005 s and was ended.* in the background\.\]$/,
      124,
    ],
    [
      succeeded({ kind: 'cancelled', output: 'b' }),
      'CmdOutputObservation',
      /^b\n\[The command was interrupted\.\]$/,
      130,
    ],
    [failed('sandboxFailed', 'The container is gone.'), 'ErrorObservation', /^The container is gone\.$/, undefined],
  ];
  for (const [end, eventType, content, exitCode] of ends) {
    const { observation } = await runCall(call, new EndingSandbox(end));
    assert.ok(observation);
    assert.match(observation.content, content);
    const { exitCode: code, toolCallId } = observation.metadata;
    assert.deepEqual([observation.eventType, code, toolCallId], [eventType, exitCode, 'call-1']);
  }
});

test('an unknown tool is recorded and answered with its name', async () => {
  const call = callOf('teleport', { to: 'Mars' });
  assert.deepEqual(await runCall(call), {
    action: { eventType: 'ToolCallAction', content: 'teleport', metadata: { toolCall: call } },
    observation: {
      eventType: 'ErrorObservation',
      content: 'There is no tool named "teleport".',
      metadata: { toolCallId: 'call-1' },
    },
  });
});

test('a call with wrong input is recorded and answered with what is wrong and what it should be', async () => {
  const { action, observation } = await runCall(callOf('write', { path: '' }));
  assert.equal(action.eventType, 'ToolCallAction');
  assert.equal(observation?.eventType, 'ErrorObservation');
  assert.match(
    observation.content,
    /^The call of write is invalid: path: .*; content: .*\nIts input is \{"type":"object"/,
  );
});

test('an enormous output is cut, and text that PostgreSQL can’t store is cleaned', async () => {
  const long = `${'x'.repeat(limits.observationCharsMax)}y`;
  const cut = await runCall(callOf('shell', { command: 'x' }), new EndingSandbox(exited(long)));
  assert.ok((cut.observation?.content ?? '').length < limits.observationCharsMax / 10);
  assert.match(cut.observation?.content ?? '', /^x+… .*bytes left out/s);
  const dirty = await runCall(callOf('shell', { command: 'a\0\ud800' }), new EndingSandbox(exited('b\0\ud800')));
  assert.equal(dirty.action.content, 'a\uFFFD\uFFFD');
  assert.equal(dirty.observation?.content, 'b\uFFFD\uFFFD');
});

const exited = (output: string) => succeeded({ kind: 'exited', output, exitCode: 0 } as const);

test('no call makes the registry throw, and every call that runs is answered under its id', async () => {
  const name = fc.oneof(fc.constantFrom(...Object.keys(goodCalls), '__proto__'), fc.string());
  const text = { command: fc.oneof(fc.string(), fc.constant('ls')) };
  const keys = ['path', 'content', 'thought', 'message', 'pattern', 'glob', 'oldText', 'newText'];
  const texts = Object.fromEntries(keys.map((key) => [key, fc.oneof(fc.string(), fc.constantFrom('a', '.', 'a.txt'))]));
  const numbers = {
    offset: fc.integer(),
    limit: fc.integer(),
    edits: fc.array(fc.record(texts, { requiredKeys: [] })),
  };
  const input = fc.oneof(fc.anything(), fc.record({ ...text, ...texts, ...numbers }, { requiredKeys: [] }));
  await fc.assert(
    fc.asyncProperty(name, input, async (tool, given) => {
      const call = callOf(tool, given);
      const { action, observation } = await runCall(call);
      assert.equal(action.metadata.toolCall, call);
      assert.ok(action.content.isWellFormed() && !action.content.includes('\0'));
      if (prepareCall(call, everyTool).run) assert.equal(observation?.metadata.toolCallId, call.id);
    }),
  );
});
