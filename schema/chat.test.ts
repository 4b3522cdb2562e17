// The queries for a page of chats or messages, and a chat as REST shows it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { chatOf, messageOf } from './chat.ts';
import { limits } from './limits.ts';
import { ChatQuery, ChatsQuery, MessagesQuery } from './protocol/routes/chats.ts';
import { validate } from './validate.ts';

test('without parameters chats come 50 a page and messages 100, from the beginning', () => {
  assert.deepEqual(v.parse(ChatsQuery, {}), { limit: 50, offset: 0 });
  assert.deepEqual(v.parse(MessagesQuery, {}), { limit: 100, after_sequence: 0 });
});

test('every page within the bounds is accepted', async () => {
  await fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 1_000_000_000 }), (limit, offset) => {
      assert.deepEqual(v.parse(ChatsQuery, { limit: `${limit}`, offset: `${offset}` }), { limit, offset });
    }),
  );
});

test('every page out of bounds is refused with the bounds', async () => {
  const outside = fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: 101 }));
  await fc.assert(
    fc.property(outside, (limit) => {
      const outcome = validate(ChatsQuery, { limit: `${limit}` });
      assert.ok(!outcome.ok);
      assert.equal(outcome.failure.detail, 'limit: must be from 1 to 100');
    }),
  );
  assert.ok(!v.is(ChatsQuery, { offset: '-1' }));
  assert.ok(!v.is(MessagesQuery, { limit: `${limits.pageRowsMax + 1}` }));
});

test('a page that is not a whole number is refused with a sentence', () => {
  for (const bad of ['', 'ten', '1.5', '1e2', '0x10', ' 5', '5 ', '+5', '٣', '9'.repeat(30)]) {
    const outcome = validate(MessagesQuery, { limit: bad });
    assert.ok(!outcome.ok, bad);
    assert.deepEqual(outcome.failure.errors?.[0], { path: 'limit', message: 'must be a whole number' });
  }
});

test('a sequence that PostgreSQL’s integer can’t hold is refused', () => {
  assert.ok(v.is(MessagesQuery, { after_sequence: '2147483647' }));
  assert.ok(!v.is(MessagesQuery, { after_sequence: '2147483648' }));
});

test('`include` accepts `system` alone, which adds the statuses', () => {
  assert.deepEqual(v.parse(ChatQuery, { include: 'system' }), { include: 'system' });
  assert.ok(!v.is(ChatQuery, { include: 'everything' }));
});

test('a chat and its messages have exactly the reference’s fields, and messages their sequence', () => {
  const chat = { id: 'c', agentSessionId: 's', projectId: null, title: 't', modelProvider: 'google', isActive: true };
  assert.deepEqual(chatOf({ ...chat, createdAtMs: 0, updatedAtMs: 1_000 }), {
    ...chat,
    createdAt: '1970-01-01T00:00:00.000+00:00',
    updatedAt: '1970-01-01T00:00:01.000+00:00',
  });
  const message = { id: 'm', role: 'user', content: 'Hi', eventType: 'UserMessage', metadataJson: null } as const;
  assert.deepEqual(messageOf({ ...message, sequence: 3, createdAtMs: 0 }), {
    ...message,
    createdAt: '1970-01-01T00:00:00.000+00:00',
    sequence: 3,
  });
});
