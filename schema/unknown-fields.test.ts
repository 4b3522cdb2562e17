// A misspelled field is told with the fields that there are; fields that clients are known to send are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { findUnknownFields } from './unknown-fields.ts';

const declared = v.object({ task: v.string(), budgetUsd: v.number() });
const pathsOf = (given: unknown, unheeded?: string[]) =>
  findUnknownFields(declared, given, 'unknownField', unheeded)?.errors?.map(({ path }) => path) ?? [];

test('an unknown field is named beside those that there are', () => {
  const failure = findUnknownFields(declared, { task: 'x', budgetUSD: 1 }, 'invalid');
  assert.equal(failure?.code, 'invalid');
  assert.equal(failure.detail, 'budgetUSD is no field here; there are task, budgetUsd.');
});

test('what clients are known to send is no mistake, and what every object has is one', () => {
  assert.deepEqual(pathsOf({ task: 'x', userId: 'ada' }, ['userId']), []);
  assert.deepEqual(pathsOf(JSON.parse('{"__proto__":1,"constructor":2}')), ['__proto__', 'constructor']);
});

test('no input makes it throw, and an answer stays short however many fields there are', async () => {
  await fc.assert(
    fc.property(fc.anything(), (given) => {
      assert.ok(pathsOf(given).length <= 10);
    }),
  );
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`${at}`.repeat(500), 1]));
  assert.ok(JSON.stringify(findUnknownFields(declared, many, 'invalid')).length < 5_000);
});
