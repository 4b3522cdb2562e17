// Ids are UUIDs of version 7: unique, and in order of time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { validate, version } from 'uuid';
import { createId } from './create-id.ts';

test('ids are UUIDs of version 7, and no id comes twice', () => {
  const ids = Array.from({ length: 10_000 }, createId);
  assert.ok(ids.every((id) => validate(id) && version(id) === 7));
  assert.equal(new Set(ids).size, ids.length);
});

test('later ids sort after earlier ones, so that an index grows at its end', async () => {
  const earlier = Array.from({ length: 1_000 }, createId);
  await sleep(5);
  const later = Array.from({ length: 1_000 }, createId);
  assert.ok((earlier.sort().at(-1) as string) < (later.sort()[0] as string));
});
