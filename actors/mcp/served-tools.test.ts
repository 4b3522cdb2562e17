// What a server lists becomes tools within bounds: its words are shortened, and nothing that it says of itself is believed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import { fitServedTools, type ListedTool, makeServedTools, readListedTools } from './served-tools.ts';

const calls: [string, unknown][] = [];
const by = (isTrusted: boolean, isInSandbox = true) => ({
  server: 'srv',
  isTrusted,
  isInSandbox,
  call: async (name: string, input: unknown) => {
    calls.push([name, input]);
    return { eventType: 'McpObservation', content: '', metadata: {} };
  },
});

const listed = (name: string, more: Partial<ListedTool> = {}): ListedTool => ({
  ...{ name, description: '', inputSchema: {}, annotations: {}, execution: {} },
  ...more,
});

test('a long description is cut, an empty one is replaced, and a task that the engine can’t run is left out', () => {
  const { tools } = makeServedTools(
    [
      listed('long', { description: `\u0000 ${'x'.repeat(9_000)}` }),
      listed('bare'),
      listed('task', { execution: { taskSupport: 'required' } }),
    ],
    by(false),
  );
  assert.deepEqual([...tools.keys()], ['srv__long', 'srv__bare']);
  assert.equal(tools.get('srv__long')?.description.description.length, 1_500);
  assert.equal(tools.get('srv__bare')?.description.description, 'A tool of the MCP server srv.');
});

test('a list is read as far as it makes sense', () => {
  const given = [
    { name: 'good', description: 'Does it.', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
    { name: 'odd', description: 7, inputSchema: null, annotations: 'none', execution: [] },
    { description: 'Has no name.' },
    null,
  ];
  assert.deepEqual(readListedTools(given), [
    listed('good', {
      description: 'Does it.',
      inputSchema: { type: 'object' },
      annotations: { readOnlyHint: true },
    }),
    listed('odd', { inputSchema: null }),
  ]);
  assert.deepEqual([readListedTools('none'), readListedTools(undefined)], [[], []]);
});

test('64 tools of a server are offered, and of all servers together as many as fit', () => {
  const many = Array.from({ length: 80 }, (_, n) => listed(`t${n}`, { description: 'x'.repeat(1_400) }));
  const { tools } = makeServedTools(many, by(false));
  assert.equal(tools.size, 64);
  const { fitting, leftOut } = fitServedTools([...tools.values()]);
  assert.equal(fitting.length + leftOut, 64);
  assert.ok(leftOut > 0 && JSON.stringify(fitting.map(({ description }) => description)).length < 60_000);
  assert.deepEqual(fitting[0]?.description.name, 'srv__t0');
});

test('that a tool only reads is believed where the operator does, and a server elsewhere changes no files', () => {
  const reading = [listed('look', { annotations: { readOnlyHint: true } })];
  const traits = (isTrusted: boolean, isInSandbox: boolean) => {
    const tool = makeServedTools(reading, by(isTrusted, isInSandbox)).tools.get('srv__look')?.tool;
    return [tool?.isReadOnly, tool?.changesFiles];
  };
  assert.deepEqual(traits(false, true), [false, true]);
  assert.deepEqual(traits(true, true), [true, false]);
  assert.deepEqual(traits(false, false), [false, false]);
});

test('a call’s input is an object, and what models write as text of JSON is read', async () => {
  const inputSchema = {
    type: 'object',
    properties: { filter: { type: 'object' }, ids: { type: 'array' }, text: { type: 'string' } },
  };
  const tool = makeServedTools([listed('find', { inputSchema })], by(false)).tools.get('srv__find')?.tool;
  const prepare = (input: unknown) => prepareCall({ id: 'c', name: 'srv__find', input }, { find: () => tool });
  const run = { sandbox: new MemorySandbox(), signal: new AbortController().signal, commandTimeoutMs: 1_000 };
  await prepare({ filter: '{"a":1}', ids: '[1]', text: '{"b":2}', gone: null }).run?.(run);
  await prepare({ filter: 'no JSON' }).run?.(run);
  await prepare(undefined).run?.(run);
  assert.deepEqual(calls, [
    ['find', { filter: { a: 1 }, ids: [1], text: '{"b":2}' }],
    ['find', { filter: 'no JSON' }],
    ['find', {}],
  ]);
  assert.equal(prepare([1]).isInvalid, true);
  assert.deepEqual(prepare({ text: 'x'.repeat(5_000) }).action.content.length, 1_000);
});
