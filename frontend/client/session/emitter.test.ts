// Listeners: each hears what it asked for, until it leaves, whatever others do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from './emitter.ts';

test('a listener that throws keeps nobody else from hearing, and what it threw is not swallowed', (t) => {
  const later: (() => void)[] = [];
  t.mock.method(globalThis, 'queueMicrotask', (work: () => void) => later.push(work));
  const emitter = new Emitter<{ said: string }>();
  const heard: string[] = [];
  emitter.on('said', () => {
    throw new Error('A fault of the page.');
  });
  emitter.on('said', (text) => heard.push(text));
  emitter.emit('said', 'Hello');
  assert.deepEqual(heard, ['Hello']);
  assert.throws(() => later.pop()?.(), /A fault of the page/);
});

test('a listener may leave while it hears', () => {
  const emitter = new Emitter<{ said: string }>();
  const heard: string[] = [];
  const leave = emitter.on('said', (text) => {
    heard.push(`first ${text}`);
    leave();
  });
  emitter.on('said', (text) => heard.push(`second ${text}`));
  emitter.emit('said', '1');
  emitter.emit('said', '2');
  assert.deepEqual(heard, ['first 1', 'second 1', 'second 2']);
});
