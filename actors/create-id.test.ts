// Ids are UUIDs of version 7: each another one, and later ones behind earlier ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { validate, version } from 'uuid';
import { createId } from './create-id.ts';

test('ids are UUIDs of version 7, and none comes twice however many are made', () => {
  const ids = Array.from({ length: 10_000 }, createId);
  assert.ok(ids.every((id) => validate(id) && version(id) === 7));
  assert.equal(new Set(ids).size, ids.length);
});

test('the ids of a later moment stand behind those of an earlier one, so that an index grows at its end', async () => {
  const earlier = Array.from({ length: 1_000 }, createId);
  await sleep(5);
  const later = Array.from({ length: 1_000 }, createId);
  assert.ok((earlier.sort().at(-1) as string) < (later.sort()[0] as string));
});
