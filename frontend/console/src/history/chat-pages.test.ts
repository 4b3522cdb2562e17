// A list of chats shows each once, and goes on until the engine has no more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Chat, findNextOffset, listChats, pageChats } from './chat-pages.ts';

const chat = (id: string): Chat => ({
  id,
  agentSessionId: null,
  projectId: null,
  title: id,
  modelProvider: null,
  isActive: false,
  createdAt: '2026-11-29T12:00:00.000Z',
  updatedAt: '2026-11-29T12:00:00.000Z',
});

test('a chat that moved to another page meanwhile is shown once', () => {
  const pages = [
    [chat('a'), chat('b')],
    [chat('b'), chat('c')],
  ];
  const ids = listChats({ pages, pageParams: [0, 2] }).map(({ id }) => id);
  assert.deepEqual(ids, ['a', 'b', 'c']);
});

test('the list ends with the first page that is short', () => {
  const full = Array.from({ length: pageChats }, (_, at) => chat(`${at}`));
  assert.equal(findNextOffset(full, undefined, 100), 100 + pageChats);
  assert.equal(findNextOffset(full.slice(1), undefined, 100), undefined);
});
