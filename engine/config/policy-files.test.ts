// What is accepted of an operator's files of hooks and of a policy.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { readConfig } from '../config.ts';

const base = mkdtempSync('/tmp/lucid-policy-');
after(() => rmSync(base, { recursive: true }));

function write(name: string, content: unknown): string {
  const file = path.join(base, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('hooks and a policy are read from their files', () => {
  const hooks = write('hooks', { before: [{ command: 'true' }] });
  const policy = write('policy', { rules: [{ does: 'forcePush', decision: 'allow' }] });
  const config = readConfig({ HOOKS_FILE: hooks, POLICY_FILE: policy });
  assert.deepEqual(config.HOOKS_FILE, { before: [{ command: 'true' }], after: [] });
  assert.deepEqual(config.POLICY_FILE, { mode: 'auto', rules: [{ does: 'forcePush', decision: 'allow' }] });
});

test('a file that is not there, is no JSON or makes no sense keeps the engine from starting', () => {
  const wrong = ['/nowhere', write('text', 'hello'), write('form', { mode: 'yolo', before: [{}] })];
  for (const file of wrong) {
    assert.throws(() => readConfig({ HOOKS_FILE: file }), /HOOKS_FILE/);
    assert.throws(() => readConfig({ POLICY_FILE: file }), /POLICY_FILE/);
  }
  const hooks = write('hooks-of-nothing', { before: [{ tool: 'run', command: 'true' }] });
  assert.throws(() => readConfig({ HOOKS_FILE: hooks }), /HOOKS_FILE/);
  const policy = write('policy-of-nothing', { rules: [{ tool: 'run', decision: 'deny' }] });
  assert.throws(() => readConfig({ POLICY_FILE: policy }), /POLICY_FILE/);
});
