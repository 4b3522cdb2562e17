// What a tool's schema becomes for Gemini.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { reduceSchema } from './gemini-schema.ts';

test('the schema of a tool becomes one that Gemini takes', () => {
  const Input = v.strictObject({
    path: v.pipe(v.string(), v.minLength(1), v.description('Where.')),
    mode: v.optional(v.picklist(['create', 'view'])),
    kind: v.literal('file'),
    lines: v.nullish(v.tuple([v.pipe(v.number(), v.integer(), v.minValue(1)), v.number()])),
    note: v.nullable(v.union([v.string(), v.number()])),
  });
  const reduced = reduceSchema(toJsonSchema(Input));
  assert.deepEqual(reduced.required, ['path', 'kind', 'note']);
  assert.ok(!('additionalProperties' in reduced) && !('$schema' in reduced));
  const properties = reduced.properties as Record<string, unknown>;
  assert.deepEqual(properties.path, { type: 'string', minLength: 1, description: 'Where.' });
  assert.deepEqual(properties.mode, { type: 'string', format: 'enum', enum: ['create', 'view'] });
  assert.deepEqual(properties.kind, { type: 'string', format: 'enum', enum: ['file'] });
  assert.deepEqual(properties.note, { anyOf: [{ type: 'string' }, { type: 'number' }], nullable: true });
});

test('what Gemini cannot say is left out', () => {
  assert.deepEqual(reduceSchema({ enum: [1, 2], type: 'integer', format: 'uuid', multipleOf: 2, default: 1 }), {
    type: 'integer',
  });
  assert.deepEqual(reduceSchema({ type: ['string', 'null'], format: 'date-time' }), {
    type: 'string',
    nullable: true,
    format: 'date-time',
  });
  assert.deepEqual(reduceSchema({ oneOf: [{ type: 'null' }, { type: 'string', $comment: 'x' }] }), {
    type: 'string',
    nullable: true,
  });
  assert.deepEqual(reduceSchema({ type: 'array', items: { type: 'object', additionalProperties: false } }), {
    type: 'array',
    items: { type: 'string', description: 'A JSON object, as a text.' },
  });
  assert.deepEqual(
    reduceSchema({
      type: 'object',
      properties: {
        any: { description: 'Whatever.' },
        map: { type: 'object', description: 'By name.', properties: {}, required: ['a'] },
        odd: { type: 'string', properties: {} },
      },
    }).properties,
    {
      any: { type: 'string', description: 'Whatever.' },
      map: { type: 'string', description: 'By name. A JSON object, as a text.' },
      odd: { type: 'string' },
    },
  );
  assert.deepEqual(reduceSchema(true), {});
});

test('no keyword that Gemini does not know is left at any depth', async () => {
  const known =
    /^(type|title|description|nullable|format|enum|properties|items|anyOf|required|(min|max)(imum|Items|Length)|pattern)$/;
  const schema = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
    schema: fc.record(
      {
        type: fc.constantFrom('string', 'object', ['array', 'null']),
        $schema: fc.webUrl(),
        additionalProperties: fc.boolean(),
        const: fc.string(),
        properties: fc.dictionary(fc.string(), tie('schema'), { maxKeys: 2 }),
        items: tie('schema'),
        anyOf: fc.array(tie('schema'), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  })).schema;
  const check = (reduced: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(reduced)) {
      assert.match(key, known);
      if (key === 'properties') for (const part of Object.values(value as object)) check(part);
      if (key === 'items') check(value as Record<string, unknown>);
      if (key === 'anyOf') for (const part of value as Record<string, unknown>[]) check(part);
    }
  };
  await fc.assert(fc.property(schema, (given) => check(reduceSchema(given))));
});
