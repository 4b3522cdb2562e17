// A request is recognized by its user, its key and its body alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { validate as isUuid, version } from 'uuid';
import { markOf } from './request-mark.ts';

const asked = { userId: 'ada', key: 'k-1', body: { task: 'Build it' }, secret: 'a secret' };

test('the same request has the same mark in every process and at any time', () => {
  assert.deepEqual(markOf(asked), markOf({ ...asked, body: { ...asked.body } }));
  assert.deepEqual(markOf(asked), {
    sessionId: 'dbb3d962-12d4-8cef-8bc0-adab0c2dcb11',
    digest: '-rWQg-7qfeyfS9KosAsM63_8pkTZQ2VHK2CH0HlrMFQ',
  });
});

test('another user or key gives another session id, another body another digest of the same session', () => {
  const mark = markOf(asked);
  assert.notEqual(markOf({ ...asked, userId: 'bob' }).sessionId, mark.sessionId);
  assert.notEqual(markOf({ ...asked, key: 'k-2' }).sessionId, mark.sessionId);
  const other = markOf({ ...asked, body: { task: 'Break it' } });
  assert.equal(other.sessionId, mark.sessionId);
  assert.notEqual(other.digest, mark.digest);
});

test('the digest tells nothing about the request without the secret', () => {
  assert.notEqual(markOf({ ...asked, secret: 'another' }).digest, markOf(asked).digest);
});

test('every id is a UUID of version 8, and differs for each pair of user and key', async () => {
  const pair = fc.tuple(fc.string(), fc.string());
  await fc.assert(
    fc.property(fc.uniqueArray(pair, { selector: (item) => JSON.stringify(item) }), (pairs) => {
      const ids = pairs.map(([userId, key]) => markOf({ ...asked, userId, key }).sessionId);
      assert.equal(new Set(ids).size, pairs.length);
      for (const id of ids) assert.ok(isUuid(id) && version(id) === 8, id);
    }),
  );
});
