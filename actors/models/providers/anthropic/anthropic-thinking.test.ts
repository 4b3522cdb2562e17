// Every model of Anthropic that can think is asked to, in the way that it takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicThinkingOf } from './anthropic-thinking.ts';

test('Anthropic’s models from 4.6 on, and those that nobody knows yet, think as much as they find right', () => {
  for (const model of [
    'claude-opus-4-6',
    'claude-sonnet-4-6',
    'claude-opus-4-7',
    'claude-opus-4-8',
    'claude-sonnet-5',
    'claude-haiku-5-5',
    'claude-fable-5-2',
    'claude-opus-6',
    'claude-mythos-preview',
    'anthropic/claude-opus-4.6',
    'us.anthropic.claude-opus-4-7-v1:0',
  ])
    assert.equal(anthropicThinkingOf(model), 'adaptive', model);
});

test('Anthropic’s models before that think within a budget, and those that can’t are not asked', () => {
  for (const model of [
    'claude-haiku-4-5',
    'claude-haiku-4-5-20251001',
    'claude-opus-4-5',
    'claude-opus-4-1-20250805',
    'claude-sonnet-4-20250514',
    'claude-sonnet-4@20250514',
    'claude-3-7-sonnet-20250219',
    'anthropic/claude-sonnet-4.5',
  ])
    assert.equal(anthropicThinkingOf(model), 'budget', model);
  for (const model of [
    'claude-3-5-sonnet-20241022',
    'claude-3-opus-20240229',
    'claude-2.1',
    'claude-instant-1',
    'glm-5',
  ])
    assert.equal(anthropicThinkingOf(model), 'none', model);
});
