// The schemas that providers are given: they accept whatever the tools do, and use only words that both providers know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { doesSchemaAccept, listWords } from '../testing/json-schema.ts';
import { callOf } from '../testing/tool-calls.ts';
import { listTools } from './offered-tools.ts';
import { prepareCall } from './prepare-call.ts';
import { everyTool } from './tool-set.ts';

const tools = listTools();

const isAccepted = (name: string, input: unknown): boolean =>
  prepareCall(callOf(name, input), everyTool).action.eventType !== 'ToolCallAction';

const anyEdit = fc.record(
  { oldText: fc.constantFrom('', 'x', 7), newText: fc.string(), replaceAll: fc.constantFrom(true, 'yes') },
  { requiredKeys: ['newText'] },
);

/** A number as text is read as a number, which no schema says. */
const anyText = fc.string().filter((text) => Number.isNaN(Number(text)));

/** Inputs with the names that tools use, and values near the edges of what they take. */
const anyInput = fc.oneof(
  fc.dictionary(
    fc.constantFrom(...tools.flatMap(({ inputSchema }) => Object.keys(inputSchema.properties ?? {})), 'more'),
    fc.oneof(anyText, fc.constantFrom('', '😀', 'x'), fc.integer({ min: -2, max: 3 }), fc.double(), fc.boolean()),
  ),
  fc.record({ path: fc.constant('a'), edits: fc.array(anyEdit, { maxLength: 2 }) }),
  fc.anything(),
);

test('a schema accepts what its tool accepts', () => {
  let accepted = 0;
  void fc.assert(
    fc.property(fc.constantFrom(...tools), anyInput, ({ name, inputSchema }, input) => {
      if (!isAccepted(name, input)) return;
      accepted++;
      assert.ok(doesSchemaAccept(inputSchema, withoutNulls(input)), name);
    }),
    { numRuns: 10_000 },
  );
  assert.ok(accepted > 250, `Only ${accepted} inputs were accepted, so this shows little.`);
});

/** Tools take null as absent. */
const withoutNulls = (input: unknown) =>
  Object.fromEntries(Object.entries(input as object).filter(([, value]) => value !== null));

test('a schema refuses what is of the wrong type, is missing or is too small', () => {
  for (const [name, input] of [
    ['shell', { command: 7 }],
    ['shell', { command: 'x', timeoutSeconds: 0 }],
    ['read', { path: 'a', offset: 1.5 }],
    ['edit', { path: 'a', edits: [{ oldText: '', newText: '' }] }],
    ['edit', { path: 'a', edits: [] }],
    ['write', { path: 'a' }],
    ['read', []],
    ['search', { glob: '' }],
  ] as const) {
    const schema = tools.find((tool) => tool.name === name)?.inputSchema ?? {};
    assert.equal(doesSchemaAccept(schema, input), false, `${name} ${JSON.stringify(input)}`);
    assert.equal(isAccepted(name, input), false);
  }
});

test('schemas are objects in the words that all providers know', () => {
  const known = ['type', 'properties', 'required', 'description', 'minLength', 'minimum', 'items', 'minItems', 'enum'];
  for (const { name, inputSchema } of tools) {
    assert.equal(inputSchema.type, 'object', name);
    assert.deepEqual(
      [...listWords(inputSchema)].filter((word) => !known.includes(word)),
      [],
      name,
    );
  }
});
