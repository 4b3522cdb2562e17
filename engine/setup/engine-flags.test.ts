// The engine runs with the same flags of Node, however it is started.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { engineFlags } from './engine-flags.mjs';

test('the image starts the engine with the flags that npm start gives it', () => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const command = /^CMD (\[.*\])$/m.exec(dockerfile)?.[1];
  assert.deepEqual(JSON.parse(command ?? ''), ['node', ...engineFlags, 'engine/main.ts']);
});
