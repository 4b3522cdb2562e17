// What a browser loads before it shows the first page is small.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireConsole } from '../../engine/testing/console.ts';
import { measureBuild } from './testing/build-size.ts';

const initialBytesMax = 180 * 1024;

test('the JavaScript of the first page has at most 180 KB compressed, and the editor is not in it', async () => {
  await requireConsole();
  const { initial, all } = await measureBuild();
  assert.ok(initial.gzipBytes <= initialBytesMax, `It has ${initial.gzipBytes} bytes.`);
  assert.ok(all.some(({ name, text }) => !initial.names.includes(name) && text.includes('cm-editor')));
  assert.ok(all.every(({ name, text }) => !initial.names.includes(name) || !text.includes('cm-editor')));
});
