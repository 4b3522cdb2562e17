// Commands in the background as a model uses them: started, read, typed into, ended; where they run is the sandbox's matter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { failed, succeeded } from '../../schema/error.ts';
import { BackgroundSandbox } from '../testing/fake-background.ts';
import { callOf, observeCall, runCall } from '../testing/tool-calls.ts';

test('a command is started in the background, and its first output and its id come back', async () => {
  const sandbox = new BackgroundSandbox();
  sandbox.background.reading = succeeded({ command: 'npm sta', output: 'listening' });
  const call = callOf('shell', { command: 'npm start', background: true });
  const { action, observation } = await runCall(call, sandbox);
  assert.deepEqual([action.eventType, action.content], ['CmdRunAction', 'npm start']);
  assert.deepEqual(observation, {
    eventType: 'CmdOutputObservation',
    content: 'listening\n[Background command 1 runs.]',
    metadata: { command: 'npm start', background: { id: '1' }, toolCallId: 'call-1' },
  });
  await observeCall('shell', { command: 'top', tty: true, timeoutSeconds: 2 }, sandbox);
  assert.deepEqual(sandbox.background.asked, [
    { command: 'npm start', isTerminal: false },
    { id: '1', waitMs: 1_000 },
    { command: 'top', isTerminal: true },
    { id: '1', waitMs: 2_000 },
  ]);
});

test('a command that ends at once says how, and one that does not start says why', async () => {
  const sandbox = new BackgroundSandbox();
  sandbox.background.reading = succeeded({ command: 'x', output: 'no\n', end: { exitCode: 1 } });
  const { content, metadata } = await observeCall('shell', { command: 'x', background: true }, sandbox);
  assert.deepEqual([content, metadata.exitCode], ['no\n[Background command 1 has ended.]', 1]);
  sandbox.background.reading = failed('sandboxFailed', 'The sandbox is gone.');
  assert.match(
    (await observeCall('shell', { command: 'x', background: true }, sandbox)).content,
    /^\[Background command 1 runs\.\]$/,
  );
  sandbox.background.canStart = false;
  const refused = await observeCall('shell', { command: 'x', background: true }, sandbox);
  assert.deepEqual([refused.eventType, refused.content], ['ErrorObservation', 'There is no room.']);
});

test('a command in the background is read, typed into, waited for as long as the turn has, and ended', async () => {
  const sandbox = new BackgroundSandbox();
  const { background } = sandbox;
  const { action, observation } = await runCall(callOf('background', { id: 1, input: 'y\n' }), sandbox);
  assert.deepEqual(
    [action.eventType, action.content, action.metadata.background],
    ['CmdInputAction', 'y\n', { id: '1' }],
  );
  assert.equal(observation?.content, '[Background command 1 runs.]');
  background.reading = succeeded({ command: 'x', output: 'bye', end: {} });
  const gone = await observeCall('background', { id: '1', waitSeconds: 600 }, sandbox);
  assert.equal(gone.content, 'bye\n[Background command 1 is gone: it was ended from outside.]');
  const kill = callOf('background', { id: 1, kill: true });
  assert.deepEqual((await runCall(kill, sandbox)).action.metadata.background, { id: '1', isKilled: true });
  background.reading = failed('invalid', 'There is no background command 7.');
  assert.equal((await observeCall('background', { id: 7 }, sandbox)).eventType, 'ErrorObservation');
  assert.deepEqual(
    background.asked.map(({ waitMs }) => waitMs),
    [5_000, 10_000, 0, 0],
  );
});

test('wrong ids, times and too much input are refused in words', async () => {
  for (const input of [
    {},
    { id: 0 },
    { id: 1.5 },
    { id: '../1' },
    { id: 1, waitSeconds: -1 },
    { id: 1, input: 'x'.repeat(20_001) },
  ])
    assert.match(
      (await observeCall('background', input, new BackgroundSandbox())).content,
      /^The call of background is invalid: /,
    );
});

test('where nothing can run in the background, a model is told so', async () => {
  for (const [name, input] of [
    ['shell', { command: 'x', background: true }],
    ['shell', { command: 'x', tty: true }],
    ['background', { id: 1 }],
  ] as const) {
    const { eventType, content } = await observeCall(name, input, new MemorySandbox());
    assert.deepEqual([eventType, content], ['ErrorObservation', 'Nothing runs in the background here.']);
  }
});
