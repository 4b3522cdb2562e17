// A workspace in memory comes back from the rows: what was seen to happen happens again, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { succeeded } from '../../schema/error.ts';
import { action, callOf, numberEvents, observation } from '../testing/stored-events.ts';
import { rebuildWorkspace } from './rebuild-workspace.ts';

const write = (id: string, path: string, content = id) => callOf(id, 'write', { path, content });
const shellCall = (id: string, command: string) => callOf(id, 'shell', { command });

/** What a file holds in the workspace that these events leave; undefined for none. */
async function rebuildFrom(
  drafts: Parameters<typeof numberEvents>,
): Promise<(path: string) => Promise<string | undefined>> {
  const sandbox = new MemorySandbox();
  await rebuildWorkspace(sandbox, numberEvents(...drafts));
  return async (path) => {
    const file = await sandbox.read(path);
    return file.ok ? file.value.content : undefined;
  };
}

test('a workspace in memory has its files and folders again, written and changed in the same order', async () => {
  const read = await rebuildFrom([
    action(shellCall('c-1', 'mkdir -p a && cd a')),
    observation('c-1'),
    action(write('c-2', '/workspace/a/x')),
    observation('c-2', '', 'FileWriteObservation'),
    action(shellCall('c-3', 'echo later > y && rm x')),
    observation('c-3'),
  ]);
  assert.deepEqual([await read('/workspace/a/x'), await read('/workspace/a/y')], [undefined, 'later\n']);
});

test('a call that was lost, failed or was cut before it ran is not done again', async () => {
  const read = await rebuildFrom([
    action(write('c-1', '/workspace/lost')),
    action(write('c-2', '/workspace/cut')),
    observation('c-2', 'This turn was interrupted before the call was done.', 'ErrorObservation'),
    action(write('c-3', '/workspace/done')),
    observation('c-3', '', 'FileWriteObservation'),
  ]);
  const contents = await Promise.all(['lost', 'cut', 'done'].map((name) => read(`/workspace/${name}`)));
  assert.deepEqual(contents, [undefined, undefined, 'c-3']);
});

test('calls that change nothing, of no tool or with wrong input are left out when a workspace is rebuilt', async () => {
  const sandbox = new MemorySandbox();
  const calls = [callOf('c-1', 'think', { thought: '' }), callOf('c-2', 'teleport', {}), callOf('c-3', 'write', {})];
  await rebuildWorkspace(sandbox, numberEvents(...calls.flatMap((call) => [action(call), observation(call.id)])));
  assert.deepEqual(await sandbox.list(), succeeded({ tree: [] }));
});

test('what a person wrote is there again, in its order among the calls', async () => {
  const written = Buffer.from('person').toString('base64');
  const wrote = (path: string) => ({ eventType: 'UserFileChange', metadata: { path: `/workspace/${path}`, written } });
  const observed = (id: string) => observation(id, '', 'FileWriteObservation');
  const read = await rebuildFrom([
    wrote('before'),
    action(write('c-1', '/workspace/before', 'agent')),
    observed('c-1'),
    action(write('c-2', '/workspace/after', 'agent')),
    observed('c-2'),
    wrote('after'),
  ]);
  assert.deepEqual([await read('/workspace/before'), await read('/workspace/after')], ['agent', 'person']);
});
