// What each call of a session took, as a table shows it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from '../timeline/items/item.ts';
import { listCalls } from './list-calls.ts';

const place = (key: number) => ({ key, through: key, at: '2026-11-29T12:00:00.000+00:00', sessionId: 's' });

const items: Item[] = [
  { ...place(2), kind: 'message', by: 'person', role: 'task', said: { text: 'Build it', sequence: 2, isCut: false } },
  { ...place(4), kind: 'command', command: 'npm test', state: 'done', durationMs: 9_000, exitCode: 0 },
  {
    ...place(6),
    kind: 'looks',
    looks: [
      { sequence: 6, at: '', what: 'read', path: '/workspace/a', state: 'done', durationMs: 20 },
      { sequence: 7, at: '', what: 'search', path: '/workspace', pattern: 'needle', state: 'failed', durationMs: 20 },
    ],
  },
  { ...place(10), kind: 'change', what: 'edit', path: '/workspace/a', state: 'cut' },
  { ...place(12), kind: 'call', name: 'think', state: 'done', durationMs: 12_000 },
  { ...place(14), kind: 'command', command: 'sleep 60', state: 'running' },
];

test('what runs comes first, then the longest, and what was cut off last', () => {
  assert.deepEqual(
    listCalls(items).map(({ sequence, name, durationMs }) => [sequence, name, durationMs]),
    [
      [14, 'sleep 60', undefined],
      [12, 'think', 12_000],
      [4, 'npm test', 9_000],
      [6, 'Read /workspace/a', 20],
      [7, 'Search needle in /workspace', 20],
      [10, 'Edit /workspace/a', undefined],
    ],
  );
});

test('what is no call is not in it', () => {
  assert.deepEqual(listCalls(items.slice(0, 1)), []);
});
