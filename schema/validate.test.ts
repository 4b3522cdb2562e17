// Untrusted input is parsed without throwing and with bounded nesting, and refusals name the wrong part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { limits } from './limits.ts';
import { parseJson, validate } from './validate.ts';

test('no string makes parsing throw', async () => {
  const jsonLike = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', 'null', ' ') });
  await fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), jsonLike), (text) => {
      const outcome = parseJson(text, 'badFrame');
      assert.ok(outcome.ok || outcome.failure.code === 'badFrame');
    }),
  );
});

/** The nesting of a parsed value. */
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

test('JSON within the bound is read unchanged, whatever brackets its strings hold', async () => {
  const deep = ['['.repeat(40), '}'.repeat(40)];
  const hostile = fc.string({ unit: fc.constantFrom('[', '{', '}', ']', '"', '\\', 'a', ...deep), maxLength: 6 });
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 10 }, hostile, fc.integer(), tie('list'), tie('object')),
    list: fc.array(tie('any'), { maxLength: 3 }),
    object: fc.dictionary(hostile, tie('any'), { maxKeys: 3 }),
  })).any;
  await fc.assert(
    fc.property(value, fc.integer({ min: 0, max: 40 }), (inner, wraps) => {
      const text = `${'['.repeat(wraps)}${JSON.stringify(inner)}${']'.repeat(wraps)}`;
      const isShallow = wraps + depthOf(inner) <= limits.jsonDepthMax;
      const outcome = parseJson(text, 'badFrame');
      assert.equal(outcome.ok, isShallow);
      if (outcome.ok) assert.deepEqual(outcome.value, JSON.parse(text));
    }),
  );
});

test('a megabyte of brackets is refused without overflowing the stack', () => {
  const outcome = parseJson('['.repeat(limits.bodyBytesMax), 'badRequest');
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.detail, 'The JSON is nested deeper than 32 levels.');
});

test('malformed JSON is refused with a sentence that repeats none of it', () => {
  for (const text of ['', 'sk-secret', '{"apiKey":"sk-secret"', '[1,]', '\uFEFF{}', "{'a':1}"]) {
    const outcome = parseJson(text, 'badRequest');
    assert.ok(!outcome.ok, text);
    assert.equal(outcome.failure.detail, 'This is not valid JSON.');
  }
});

const Shape = v.object({ name: v.pipe(v.string(), v.maxLength(3)), list: v.array(v.number()) });

test('a refusal names every wrong part by its path', () => {
  const outcome = validate(Shape, { list: [1, 'two'] }, 'badMessage');
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.code, 'badMessage');
  assert.equal(outcome.failure.detail, 'name: is required');
  assert.deepEqual(outcome.failure.errors, [
    { path: 'name', message: 'is required' },
    { path: 'list.1', message: 'must be a number' },
  ]);
});

test('a refusal never repeats the input', () => {
  const secret = 'sk-very-secret-indeed';
  const outcome = validate(Shape, { name: secret, list: secret });
  assert.ok(!outcome.ok);
  assert.ok(!JSON.stringify(outcome).includes(secret));
  assert.equal(outcome.failure.errors?.[0]?.message, 'must be at most 3 characters');
});

test('a refusal of the whole input has a detail too', () => {
  const outcome = validate(Shape, 5);
  assert.ok(!outcome.ok);
  assert.match(outcome.failure.detail, /^must be an object/);
});

test('what isn’t one of several is told with them, and what is no field by its path', () => {
  const One = v.strictObject({ a: v.string() });
  const schema = v.strictObject({
    mode: v.picklist(['on', 'off']),
    of: v.union([One, v.number()], 'must be { a } or a number'),
  });
  const outcome = validate(schema, { mode: 'up', of: { b: 1 }, zap: 1 });
  assert.ok(!outcome.ok);
  assert.deepEqual(outcome.failure.errors, [
    { path: 'mode', message: 'must be one of on, off' },
    { path: 'of', message: 'must be { a } or a number' },
    { path: 'zap', message: 'is no field here' },
  ]);
});

test('valid input comes out as the schema transforms it', () => {
  assert.deepEqual(validate(Shape, { name: 'Ada', list: [1], more: true }), {
    ok: true,
    value: { name: 'Ada', list: [1] },
  });
});

test('an array is no object, though every field of the object is optional', () => {
  const outcome = validate(v.object({ name: v.optional(v.string()) }), [null]);
  assert.ok(!outcome.ok);
  assert.deepEqual(outcome.failure.errors, [{ path: '', message: 'must be an object' }]);
});

test('too long a list is told in items, too long a text in characters', () => {
  const schema = v.object({
    list: v.pipe(v.array(v.string()), v.maxLength(1)),
    text: v.pipe(v.string(), v.maxLength(1)),
  });
  const outcome = validate(schema, { list: ['a', 'b'], text: 'ab' });
  assert.ok(!outcome.ok);
  assert.deepEqual(
    outcome.failure.errors?.map(({ message }) => message),
    ['must be at most 1 items', 'must be at most 1 characters'],
  );
});
