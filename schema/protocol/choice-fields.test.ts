// What people choose is read in bounds: wrong numbers are refused with the bound, and nothing passes for no limit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { validate } from '../validate.ts';
import { choiceFields, choiceOf } from './choice-fields.ts';

const fields = v.object(choiceFields);
const detailOf = (given: object): string => {
  const outcome = validate(fields, JSON.parse(JSON.stringify(given)));
  return outcome.ok ? 'accepted' : outcome.failure.detail;
};

test('a choice has what was chosen and nothing else', () => {
  const all = { model: 'anthropic/claude-opus-5-5', effort: 'max', maxIterations: 40, timeoutSeconds: 1.5 } as const;
  assert.deepEqual(choiceOf({ ...all, budgetUsd: 2.5, tools: ['read'] }), {
    model: 'anthropic/claude-opus-5-5',
    effort: 'max',
    iterationsMax: 40,
    timeoutMs: 1_500,
    budgetUsd: 2.5,
    tools: ['read'],
  });
  assert.deepEqual(choiceOf(v.parse(fields, { model: '', effort: null, tools: null })), {});
});

test('a limit of 0, below it, of NaN or beyond all measure is refused', () => {
  for (const name of ['maxIterations', 'timeoutSeconds', 'budgetUsd'])
    for (const value of [0, -1, Number.NaN, 1e12, '5', {}])
      assert.match(detailOf({ [name]: value }), new RegExp(`^${name}: must be`), `${name} ${value}`);
  assert.equal(detailOf({ maxIterations: 1.5 }), 'maxIterations: must be a whole number');
  assert.equal(detailOf({ budgetUsd: 0 }), 'budgetUsd: must be at least 0.001');
  assert.equal(detailOf({ timeoutSeconds: 86_401 }), 'timeoutSeconds: must be at most 86400');
});

test('an unknown effort is refused with those that there are', () => {
  assert.equal(detailOf({ effort: 'ultra' }), 'effort: must be one of low, medium, high, max');
});
