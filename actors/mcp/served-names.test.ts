// Whatever a server calls its tools, models get names that are unique, legal for every provider and have the server's in front.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toolNames } from '../tools/registry.ts';
import { nameServedTools } from './served-names.ts';

test('names stay readable', () => {
  assert.deepEqual(
    [...nameServedTools('files', ['read', 'read file', 'read.file', 'x'.repeat(80), '日本'])],
    [
      ['files__read', 'read'],
      ['files__read_file', 'read file'],
      ['files__read_file_2', 'read.file'],
      [`files__${'x'.repeat(57)}`, 'x'.repeat(80)],
      ['files___', '日本'],
    ],
  );
});

test('whatever the names, each tool has its own, and none is one of the engine’s', () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom(...toolNames, 'a__b', '__proto__', 'x'.repeat(200), 'x'.repeat(201)),
  );
  void fc.assert(
    fc.property(fc.uniqueArray(name), (names) => {
      const named = nameServedTools('srv', names);
      assert.deepEqual([...named.values()], names);
      for (const called of named.keys()) {
        assert.match(called, /^srv__[a-zA-Z0-9_-]{0,59}$/);
        assert.ok(!toolNames.includes(called));
      }
    }),
  );
});
