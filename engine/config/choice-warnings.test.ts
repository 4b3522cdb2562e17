// An operator is told at the start of names that no model has, and of budgets that would count nothing.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { readConfig } from '../config.ts';
import { choiceWarningsOf } from './choice-warnings.ts';

const base = mkdtempSync('/tmp/lucid-choices-');
after(() => rmSync(base, { recursive: true }));

function warningsIn(environment: Record<string, string>, own?: object): string[] {
  const file = path.join(base, 'models.json');
  writeFileSync(file, JSON.stringify(own ?? {}));
  return choiceWarningsOf(readConfig({ ...environment, ...(own && { MODELS_FILE: file }) }));
}

const elsewhere = { DEFAULT_MODEL_PROVIDER: 'openai', LLM_BASE_URL: 'http://models.lan', OPENAI_MODEL: 'own-7b' };
const prices = { input: 0.2, output: 0.8 };

test('budgets over a model that is asked by default and has no known price are warned of', () => {
  const budgets = { DAY_BUDGET_USD: '5', USER_DAY_BUDGET_USD: '1' };
  assert.deepEqual(warningsIn({ ...elsewhere, ...budgets }), [
    'USER_DAY_BUDGET_USD and DAY_BUDGET_USD will not hold for sessions with openai/own-7b, the model that OPENAI_MODEL ' +
      'names, since its prices are not known: say them in MODELS_FILE.',
  ]);
  assert.match(
    warningsIn({ ...elsewhere, SESSION_BUDGET_USD: '2' }, { 'openai/own-8b': { prices } })[0] ?? '',
    /^SESSION_/,
  );
  assert.deepEqual(warningsIn({ ...elsewhere, ...budgets }, { 'openai/own-7b': { prices } }), []);
});

test('without budgets, with known prices, or without any key nobody is warned of prices', () => {
  const budgets = { DAY_BUDGET_USD: '5' };
  assert.deepEqual(warningsIn(elsewhere), []);
  assert.deepEqual(warningsIn({ LLM_API_KEY: 'sk-general', ...budgets }), []);
  assert.deepEqual(warningsIn({ OPENAI_MODEL: 'own-7b', ANTHROPIC_API_KEY: 'sk-ant-x', ...budgets }), []);
});

test('allowed models that nobody knows are named; known, dated, described and chosen ones are not', () => {
  const warned = warningsIn({ ALLOWED_MODELS: 'anthropic/claude-sonet,google/*,openai/gtp-*' });
  assert.deepEqual(warned, [
    'ALLOWED_MODELS has anthropic/claude-sonet and openai/gtp-*, of which neither the engine nor MODELS_FILE knows a ' +
      'model: look whether that is what the provider calls it.',
  ]);
  const known = 'anthropic/claude-*,anthropic/claude-opus-5-5-20260101,openai/own-7b,openai/own-8b,openai/*';
  assert.deepEqual(warningsIn({ ...elsewhere, ALLOWED_MODELS: known }, { 'openai/own-8b': {} }), []);
  assert.deepEqual(warningsIn({ ...elsewhere, ALLOWED_MODELS: 'openai/qwen*' }), []);
});

test('a described model that nobody may choose is named', () => {
  const warned = warningsIn({ ...elsewhere, ALLOWED_MODELS: 'openai/gpt-*' }, { 'openai/own-8b': { prices } });
  assert.deepEqual(warned, [
    'MODELS_FILE has openai/own-8b, which nobody can ask, since ALLOWED_MODELS has no such name.',
  ]);
});
