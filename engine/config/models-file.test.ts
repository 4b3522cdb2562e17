// What is accepted of an operator's file of models.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { listChoosable } from '../../actors/models/choosable-models.ts';
import { readConfig } from '../config.ts';
import { modelsConfigOf } from './mode.ts';

const base = mkdtempSync('/tmp/lucid-models-');
after(() => rmSync(base, { recursive: true }));

function write(content: unknown): string {
  const file = path.join(base, 'models.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('models of a file can be chosen beside those that are known', () => {
  const own = { 'openai/org/own-7b': { contextTokens: 32_768, prices: { input: 0.2, output: 0.8 }, sees: false } };
  const rules = modelsConfigOf(readConfig({ MODELS_FILE: write(own) }));
  assert.deepEqual(rules.own, own);
  assert.ok(listChoosable(rules).some(({ provider, model }) => provider === 'openai' && model === 'org/own-7b'));
});

test('a file that is not there, makes no sense or names no provider keeps the engine from starting', () => {
  for (const [content, why] of [
    ['{', /which can't be read as JSON: /],
    [{ 'own-7b': {} }, /in which own-7b is wrong: /],
    [{ 'nobody/own-7b': {} }, /in which nobody\/own-7b is of no provider that there is/],
    [{ 'openai/x': { contextTokens: 0 } }, /in which openai\/x\.contextTokens is wrong: /],
    [{ 'openai/x': { prices: { inputt: 1, output: 1 } } }, /in which openai\/x\.prices\.input/],
    [{ 'openai/x': { context: 9_000 } }, /in which openai\/x\.context is wrong: /],
  ] as const)
    assert.throws(() => readConfig({ MODELS_FILE: write(content) }), { message: why }, JSON.stringify(content));
  assert.throws(() => readConfig({ MODELS_FILE: '/nowhere' }), {
    message: /^MODELS_FILE names \/nowhere, which can't/,
  });
});
