// A session's tools are those that its settings allow, in one order, and a served tool is never taken for the engine's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { toolNames } from './registry.ts';
import type { Tool } from './tool.ts';
import { everyTool, makeToolSet, matchToolName, type ServedTools } from './tool-set.ts';

const servedTool = (name: string): Tool => ({
  name,
  description: 'A tool of a server.',
  input: v.unknown(),
  examples: [],
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: () => ({ eventType: 'McpAction', content: name, metadata: {} }),
});

const serve = (...names: string[]): ServedTools => {
  const tools = names.map(servedTool);
  return {
    tools: tools.map((tool) => ({
      tool,
      description: { name: tool.name, description: '', inputSchema: {} },
      ownName: tool.name,
    })),
    find: (name) => tools.find((tool) => tool.name === name),
  };
};

const namesOf = (choice: Parameters<typeof makeToolSet>[0]) => makeToolSet(choice).described.map(({ name }) => name);

test('a tool is known by its name with what models put around it, and nothing else is', () => {
  const toolSet = makeToolSet();
  for (const called of ['bash', 'functions.bash', 'default_api:bash', 'mcp__lucid__bash', 'tools/Bash', ' bash tool '])
    assert.equal(matchToolName(called, toolSet), 'shell', called);
  assert.equal(matchToolName('Edit', everyTool), 'edit');
  for (const called of ['teleport', 'bashful', '', 'functions.', 'x'.repeat(300)])
    assert.equal(matchToolName(called, toolSet), called);
});

test('a served tool is called by its whole name alone, and stands behind the engine’s own', () => {
  const toolSet = makeToolSet({ served: serve('files__bash', 'files__shell', 'files__echo') });
  for (const called of ['files__shell', 'functions.files__shell', 'mcp__files__shell'])
    assert.equal(matchToolName(called, toolSet), 'files__shell', called);
  assert.deepEqual(
    ['Shell', 'Bash', 'echo', 'functions.bash'].map((called) => matchToolName(called, toolSet)),
    ['shell', 'shell', 'echo', 'shell'],
  );
  const own = namesOf({});
  assert.deepEqual(
    toolSet.described.map(({ name }) => name),
    [...own, 'files__bash', 'files__shell', 'files__echo'],
  );
});

test('settings allow tools by name, and `bash` is the shell', () => {
  assert.deepEqual(namesOf({ allowed: ['search', 'read'] }), ['read', 'search', 'finish']);
  assert.deepEqual(namesOf({ allowed: ['bash'] }), ['shell', 'finish']);
  assert.deepEqual(namesOf({ allowed: [] }), ['finish']);
  const served = serve('files__read', 'files__write');
  assert.deepEqual(namesOf({ allowed: ['files__read'], served }), ['finish', 'files__read']);
  assert.deepEqual(namesOf({ allowed: ['files__*'], served }), ['finish', 'files__read', 'files__write']);
});

test('what settings do not allow is neither offered nor found, whatever they allow and whoever is asked', () => {
  const name = fc.constantFrom(...toolNames, 'files__read', 'teleport');
  void fc.assert(
    fc.property(fc.array(name), name, (allowed, called) => {
      const { described, find } = makeToolSet({ allowed, served: serve('files__read') });
      const found = find(called) !== undefined;
      if (allowed.includes(called) && called !== 'teleport') assert.ok(found);
      if (found && called.includes('__')) assert.ok(allowed.includes(called));
      for (const { name: offered } of described) assert.ok(find(offered), offered);
      assert.deepEqual(makeToolSet({ allowed, served: serve('files__read') }).described, described);
    }),
  );
});
