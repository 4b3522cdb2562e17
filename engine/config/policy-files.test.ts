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
});

test('what is wrong with a file is said, each in its words', () => {
  const refused = (environment: Record<string, string>, why: RegExp) =>
    assert.throws(() => readConfig(environment), { message: why });
  refused(
    { POLICY_FILE: '/nowhere' },
    /^POLICY_FILE names \/nowhere, which can't be read as JSON: ENOENT.*; it accepts /,
  );
  refused({ POLICY_FILE: write('text', 'hello') }, /which can't be read as JSON: Unexpected token/);
  refused({ POLICY_FILE: write('form', { mode: 'yolo' }) }, /in which mode is wrong: .*yolo/);
  const rules = [{ tool: 'run', decision: 'deny' }];
  refused({ POLICY_FILE: write('rules', { rules }) }, /in which rules\.0\.tool must name one of shell/);
  refused(
    { HOOKS_FILE: write('hook', { before: [{}] }) },
    /^HOOKS_FILE names .*in which before\.0\.command is wrong: /,
  );
  const before = [{ tool: 'run', command: 'true' }];
  refused({ HOOKS_FILE: write('hooks', { before }) }, /in which a hook’s tool must name one of shell/);
  const mcpServers = { 'a b': { url: 'https://x.example' } };
  refused(
    { MCP_SERVERS_FILE: write('servers', { mcpServers }) },
    /^MCP_SERVERS_FILE names .*in which mcpServers\.a b is wrong: .*; it accepts the path of a JSON file/,
  );
});
