// Which tools a rule or a hook names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitsTool } from '../policy/glob.ts';
import { findStrangePattern } from './tool-pattern.ts';

test('a pattern names one tool, several, or all whose names fit', () => {
  assert.ok(fitsTool('write', 'write'));
  assert.ok(fitsTool('write|edit', 'edit'));
  assert.ok(fitsTool('write | edit', 'edit'));
  assert.ok(fitsTool('tracker__*', 'tracker__read'));
  assert.ok(!fitsTool('write|edit', 'read'));
  assert.ok(!fitsTool('writer', 'write'));
});

test('the shell is the same tool under the name that some models call it by', () => {
  for (const [pattern, called] of [
    ['shell', 'bash'],
    ['bash', 'shell'],
    ['bash|write', 'bash'],
  ] as const)
    assert.ok(fitsTool(pattern, called), `${pattern} ${called}`);
});

test('a pattern that could never fit is found', () => {
  assert.equal(findStrangePattern([undefined, 'write|edit', 'bash', '*', 'tracker__read']), undefined);
  assert.deepEqual(findStrangePattern(['write', 'write|Edit'])?.at, 1);
  assert.match(findStrangePattern(['run'])?.message ?? '', /must name one of shell, read, .* server__tool/);
});
