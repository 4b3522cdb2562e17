// Uploads share a bounded memory, of which no user can take all places.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UploadPlaces } from './upload-places.ts';

const codeOf = (taken: ReturnType<UploadPlaces['take']>) => (taken.ok ? 'taken' : taken.failure.detail);
const leave = (taken: ReturnType<UploadPlaces['take']>) => taken.ok && taken.value();

test('a user has two uploads at once, and another user theirs', () => {
  const places = new UploadPlaces(100);
  const first = places.take('ada', 10);
  assert.ok(first.ok && places.take('ada', 10).ok);
  assert.match(codeOf(places.take('ada', 10)), /of yours/);
  assert.ok(places.take('bob', 10).ok);
  leave(first);
  assert.ok(places.take('ada', 10).ok);
});

test('all uploads together hold no more bytes than may be, whoever sends them', () => {
  const places = new UploadPlaces(100);
  const large = places.take('ada', 60);
  assert.match(codeOf(places.take('bob', 41)), /Too much/);
  const rest = places.take('bob', 40);
  assert.match(codeOf(places.take('eve', 1)), /Too much/);
  leave(large);
  leave(rest);
  assert.ok(places.take('eve', 100).ok);
});
