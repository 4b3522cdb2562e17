// Whatever schema a server gives, what is made of it is the small schema of an object that no provider refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { reduceSchema } from '../models/providers/google/gemini-schema.ts';
import { openSchemaBounds } from './schema-bounds.ts';
import { legalizeServedSchema } from './served-schema.ts';

test('what tools usually take stays as it is', () => {
  const schema = {
    type: 'object',
    properties: {
      path: { description: 'The file.', type: 'string', minLength: 1 },
      mode: { type: 'string', enum: ['read', 'write'] },
      lines: { type: 'array', items: { type: 'integer', minimum: 0 } },
      options: { type: 'object', properties: { deep: { type: 'boolean' } }, required: ['deep'] },
      either: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    },
    required: ['path'],
  };
  assert.deepEqual(legalizeServedSchema(schema), schema);
});

test('references are followed, also in circles, and lead nowhere else', () => {
  const legal = legalizeServedSchema({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, name: { type: 'string' } } } },
    properties: { root: { $ref: '#/$defs/node' }, far: { $ref: 'https://example.com/x.json' }, gone: { $ref: '#/no' } },
  }) as { properties: Record<string, { properties?: object }> };
  assert.deepEqual(Object.keys(legal.properties), ['root', 'far', 'gone']);
  assert.ok(legal.properties.root?.properties);
  assert.deepEqual([legal.properties.far, legal.properties.gone], [{}, {}]);
  assert.ok(!JSON.stringify(legal).includes('$'));
});

test('what a provider would refuse is left out', () => {
  assert.deepEqual(
    legalizeServedSchema({
      type: 'string',
      anyOf: [{ required: ['a'] }],
      properties: {
        'not legal!': { type: 'string' },
        list: { type: 'array' },
        odd: { type: 'file', minLength: -1, maximum: 'x', pattern: '(', format: 7, enum: [{}], description: 5 },
        many: { type: ['string', 'null', 'string'] },
      },
      required: ['list', 'gone', 7, 'list'],
    }),
    {
      type: 'object',
      properties: { list: { type: 'array', items: { type: 'string' } }, odd: {}, many: { type: ['string', 'null'] } },
      required: ['list'],
    },
  );
});

test('a schema that is larger than anybody reads is left out, and so is what comes after many', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`p${n}`, { type: 'string', description: 'x'.repeat(400) }]),
  );
  assert.equal(legalizeServedSchema({ type: 'object', properties }), undefined);
  const bounds = openSchemaBounds();
  const large = { type: 'object', $defs: { x: { description: 'x'.repeat(60_000) } } };
  const read = Array.from({ length: 20 }, () => legalizeServedSchema(large, bounds) !== undefined);
  assert.deepEqual([read.at(0), read.at(-1), read.filter(Boolean).length], [true, false, 8]);
});

test('megabytes of choices that each place refers to are not read at all', () => {
  const refer = (n: number) => [`p${n}`, { $ref: '#/$defs/e' }];
  const $defs = { e: { enum: Array.from({ length: 400_000 }, (_, n) => `value ${n}`) } };
  const properties = Object.fromEntries(Array.from({ length: 100 }, (_, n) => refer(n)));
  let readChoices = 0;
  const watched = new Proxy($defs.e.enum, {
    get: (list, key) => {
      readChoices++;
      return Reflect.get(list, key);
    },
  });
  const given = { type: 'object', properties, $defs: { e: { enum: watched } } };
  assert.equal(legalizeServedSchema(given), undefined);
  assert.ok(readChoices < 100_000, `${readChoices}`);
});

const keys = [
  'type',
  'properties',
  'items',
  'anyOf',
  'enum',
  '$ref',
  '$defs',
  'required',
  'description',
  'minLength',
  'a',
];
const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom('object', 'string', 'array', '#/$defs/a', '#', '#/', null, true, -1, Number.NaN),
    fc.array(tie('schema'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), tie('schema'), { maxKeys: 5 }),
  ),
}));

const words = new Set(
  'type properties required description enum items anyOf minLength maxLength minItems maxItems minimum maximum'.split(
    ' ',
  ),
);

function check(given: unknown, isRoot: boolean): void {
  assert.ok(typeof given === 'object' && given !== null && !Array.isArray(given));
  const found = given as Record<string, unknown>;
  for (const word of Object.keys(found)) assert.ok(words.has(word), word);
  if (isRoot) assert.equal(found.type, 'object');
  const properties = (found.properties ?? {}) as Record<string, unknown>;
  for (const [name, inner] of Object.entries(properties)) {
    assert.match(name, /^[a-zA-Z0-9_.-]{1,64}$/);
    check(inner, false);
  }
  for (const name of (found.required ?? []) as string[]) assert.ok(Object.hasOwn(properties, name));
  for (const inner of (found.anyOf ?? []) as unknown[]) check(inner, false);
  if (found.type === 'array') check(found.items, false);
}

test('whatever a server gives becomes a small, legal schema of an object, for Gemini too', () => {
  void fc.assert(
    fc.property(schema, (given) => {
      const legal = legalizeServedSchema(given) ?? {};
      check(legal, true);
      assert.ok(JSON.stringify(legal).length <= 8_000);
      assert.equal(reduceSchema(legal).type, 'object');
    }),
  );
});
